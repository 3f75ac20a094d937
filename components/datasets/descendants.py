"""The runs that were trained on a dataset, with their verdicts."""

import streamlit as st

from backend.analysis.overview import primary_effects
from backend.datasets.descendants import Descendant, made_from
from backend.datasets.loading import Dataset
from components.glossary import explain
from components.text import cells
from components.verdicts import all_effects

TOOLTIPS = {
    "verdict": st.column_config.Column(help=explain("verdict")),
    "seed": st.column_config.Column(help=explain("seed")),
    "primed base model": st.column_config.Column(help=explain("primed base model")),
}


def state_of(run: Descendant) -> str:
    """Return why there is no verdict on a run."""
    if not run.finished:
        return "unfinished"
    # Other probes, some of a probe's questions, or reworded ones give no verdict.
    return "evaluated, but no verdict" if run.evaluations else "not probed"


def descendants(dataset: Dataset) -> None:
    """Draw the runs on a dataset; a click opens the newest evaluation of one."""
    runs = made_from(dataset)
    if not runs:
        return
    verdicts = {effect.run: effect.verdict.kind for effect in primary_effects(all_effects())}
    with st.expander(f"Runs on this dataset: {len(runs):,}", icon=":material/account_tree:"):
        event = st.dataframe(
            cells([row_of(run, verdicts.get(run.run) or state_of(run)) for run in runs]),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"made-{dataset.id}",
            column_config=TOOLTIPS,
        )
        chosen = event["selection"]["rows"]
        if chosen and runs[chosen[0]].evaluations:
            job = runs[chosen[0]].evaluations[0]
            st.switch_page("pages/results.py", query_params={"evaluation": job})
        st.caption("Select a run to see its newest evaluation.")


def row_of(run: Descendant, verdict: str) -> dict[str, str | int]:
    """Return a run as a row of the table."""
    return {
        "run": run.name,
        "verdict": verdict,
        "seed": run.seed,
        "base model": run.base_model,
        "trained on": "these rows" if run.same_rows else "an older version",
        "evaluations": len(run.evaluations),
        "primed base model": run.primed or "",
    }
