"""The runs that were trained on a dataset, with their verdicts."""

import streamlit as st

from backend.analysis.overview import primary_effects
from backend.datasets.descendants import Descendant, made_from
from backend.datasets.loading import Dataset
from components.glossary import explain
from components.table import chosen_row
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
        rows = [row_of(run, verdicts.get(run.run) or state_of(run)) for run in runs]
        chosen = chosen_row(rows, f"made-{dataset.id}", TOOLTIPS)
        if chosen is not None and (evaluations := runs[chosen].evaluations):
            st.switch_page("pages/results.py", query_params={"evaluation": evaluations[0]})
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
