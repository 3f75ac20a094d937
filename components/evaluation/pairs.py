"""The pairs of completions behind the effects: both texts, and what each model makes of them."""

import numpy as np
import pandas as pd
import streamlit as st

from backend.analysis.findings import Findings
from backend.analysis.pairs import LOG_P, TEXTS
from backend.probes.loading import Probe
from components.glossary import explain
from components.text import cells, option, plain

ALL = "all questions"
KEPT = ("question", "trigger", "model")
"""The choices, by their names in the URL."""
NOT_RECORDED = "not recorded"
SHARE = 1e-4
"""A probability below it is shown as a power of ten."""


def pairs_section(findings: Findings) -> None:
    """Draw the pairs of the chosen question, trigger and recipe; they open where the URL says."""
    pairs = findings.pairs
    if pairs.empty:
        return
    is_wanted = any(f"pairs-{name}" in st.query_params for name in KEPT)
    with st.expander("The pairs behind the effect", icon=":material/compare:", expanded=is_wanted):
        group, pairs = chosen(pairs, findings.probe)
        if pairs.empty:
            st.info("No pair was scored at this choice.")
            return
        table(pairs, group, findings.probe)


def chosen(pairs: pd.DataFrame, probe: Probe) -> tuple[str, pd.DataFrame]:
    """Draw the choices; return the recipe and its pairs."""
    with st.container(horizontal=True):
        titles = {prompt.title: prompt.id for prompt in probe.prompts if prompt.pairs}
        question = _choice("Question", "question", [ALL, *titles])
        if probe.has_triggers:
            labels = [trigger.label for trigger in probe.triggers]
            trigger = _choice("Trigger", "trigger", labels, "trigger")
            pairs = pairs[pairs["trigger"] == trigger]
        groups = list(pairs["group"].unique())
        group = _choice("Model", "model", groups) if len(groups) > 1 else "".join(groups)
    if question != ALL:
        pairs = pairs[pairs["prompt"] == titles[question]]
    return group, pairs[pairs["group"] == group]


def _choice(label: str, name: str, options: list[str], term: str = "") -> str:
    """Draw one choice, kept in the URL."""
    key, what = f"pairs-{name}", explain(term) if term else None
    chosen = st.selectbox(
        plain(label), options, format_func=option, key=key, bind="query-params", help=what
    )
    return str(chosen)


def table(pairs: pd.DataFrame, group: str, probe: Probe) -> None:
    """Draw one row for each pair, the largest shift first."""
    texts = pairs[TEXTS].astype(object).where(pairs[TEXTS].notna(), NOT_RECORDED)
    shown = pd.DataFrame(
        {
            "shift": pairs["shift"],
            "contrast, base": pairs["base"],
            "contrast": pairs["value"],
            f"towards {probe.sides.target}": texts["target"],
            f"towards {probe.sides.other}": texts["other"],
            **_likelihoods(pairs, 0, "first"),
            **_likelihoods(pairs, 1, "second"),
            "question": texts["question"],
        }
    ).iloc[(-pairs["shift"].abs()).argsort(kind="stable")]
    nats = st.column_config.NumberColumn(format="%+.2f", help=explain("nats"))
    columns = dict.fromkeys(shown.select_dtypes("number"), nats)
    columns["shift"] = st.column_config.NumberColumn(format="%+.2f", help=explain("shift"))
    st.dataframe(cells(shown), hide_index=True, column_config=columns)
    st.caption(plain(_note(pairs, group)), help=explain("contrast"))


def _likelihoods(pairs: pd.DataFrame, side: int, which: str) -> dict[str, pd.Series]:
    """Return how likely one completion is: log P, then P, under the base model and the runs."""
    columns = {}
    for prefix, model in (("base_", ", base"), ("", "")):
        logs = pairs[f"{prefix}{LOG_P[side]}"]
        columns[f"log P({which}){model}"] = logs
        columns[f"P({which}){model}"] = np.exp(logs).map(_share)
    return columns


def _share(probability: float) -> str:
    if np.isnan(probability):
        return NOT_RECORDED
    return f"{probability:.2%}" if probability >= SHARE else f"{probability:.1e}"


def _note(pairs: pd.DataFrame, group: str) -> str:
    seeds = int(pairs["seeds"].max())
    means = f", means of log P over {seeds} seeds" if seeds > 1 else ""
    note = (
        f"{group}{means}: {len(pairs):,} pairs. Contrast: log P(first completion) − log P(second); "
        "shift: its change from the base model's. Every completion ends with the end of the turn, "
        "whose probability is included."
    )
    if pairs[LOG_P].isna().to_numpy().all():
        note += " This evaluation was recorded before log-probabilities were kept."
    return note
