"""What came of a dataset, from its runs on."""

import streamlit as st

from backend.analysis.overview import telling
from backend.datasets.descendants import Descendant, made_from
from backend.datasets.loading import Dataset
from components.verdicts import all_effects


def state_of(run: Descendant) -> str:
    """Return why there is no verdict on a run."""
    if not run.finished:
        return "unfinished"
    # Other probes, parts of one, or questions in older words give no verdict.
    return "none yet, but evaluated" if run.evaluations else "not probed"


def descendants(dataset: Dataset) -> None:
    """Draw a dataset's runs; a click opens the newest evaluation of one."""
    found = made_from(dataset)
    if not found:
        return
    verdicts = {effect.run: effect.verdict.kind for effect in telling(all_effects())}
    with st.expander(f"Made from it: {len(found)}", icon=":material/account_tree:"):
        rows = [
            {
                "run": each.name,
                "verdict": verdicts.get(each.run) or state_of(each),
                "seed": each.seed,
                "base model": each.base_model,
                "trained on": "these rows" if each.same_rows else "an older form",
                "evaluations": len(each.evaluations),
                "made a base model": each.primed or "",
            }
            for each in found
        ]
        event = st.dataframe(
            rows,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"made-{dataset.id}",
        )
        chosen = event["selection"]["rows"]
        if chosen and found[chosen[0]].evaluations:
            job = found[chosen[0]].evaluations[0]
            st.switch_page("pages/results.py", query_params={"evaluation": job})
        st.caption("Click a run to see its newest evaluation.")
