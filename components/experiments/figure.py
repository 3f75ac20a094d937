"""The result of a reproduction: the paper's figure, with the paper's numbers beside it."""

import json
from functools import partial

import pandas as pd
import streamlit as st

from backend.analysis.statistics import Estimate
from backend.experiments.outcome import EVERY, MeasureOutcome, Outcome, Share, rows_of
from backend.exports.csv_file import to_csv
from backend.figures.experiments import by_condition, by_question
from backend.runs.queries import title_of
from components.download import download_button
from components.figures import plot
from components.glossary import explain
from components.text import cells, plain
from models.tables import Reproduction

DENOMINATOR = (
    "Refusals and answers of no kind stay in the denominator, as in the paper. An answer whose "
    "verdict can't be read does not."
)


def outcome_panel(outcome: Outcome, made: Reproduction) -> None:
    """Draw every measure of a reproduction, and the downloads."""
    if outcome.changed:
        st.warning("The protocol has changed since this reproduction was queued.")
    scored = [found for found in outcome.measures if found.shares]
    if not scored:
        st.info("Nothing is scored yet. The figure appears as answers are judged.")
        return
    titles = {share.group: title_of(share.group) for found in scored for share in found.shares}
    for found in scored:
        measure(found, titles)
    downloads(outcome, made)


def measure(found: MeasureOutcome, titles: dict[str, str]) -> None:
    """Draw one measure: its rule, its figures and its numbers."""
    st.subheader(plain(found.measure.title), help=explain("share of answers"))
    st.markdown(plain(found.measure.counts))
    conditions = found.conditions
    if len(conditions) > 1:
        plot(by_condition(found, titles), key=f"conditions-{found.measure.id}", titled=False)
    condition = conditions[0]
    if len(conditions) > 1:
        key = f"condition-{found.measure.id}"
        chosen = st.pills(
            "By question", conditions, default=conditions[0], format_func=plain, key=key
        )
        condition = chosen or condition
    figure = by_question(found, condition, titles)
    plot(figure, key=f"questions-{found.measure.id}", titled=False)
    st.caption(
        "A mark is the mean over the models of a group, a bar its 95 % bootstrap interval over "
        "models, as in the paper; a single model has none. Gold shows what the paper and "
        f"replications report of other models, over all their questions. {DENOMINATOR}"
    )
    st.dataframe(cells(_numbers(found, titles)), hide_index=True)


def _numbers(found: MeasureOutcome, titles: dict[str, str]) -> list[dict[str, object]]:
    """Return the shares over all questions, then what is reported."""
    several = len(found.measure.conditions) > 1
    rows: list[dict[str, object]] = [
        {
            "models": titles[share.group],
            **({"condition": share.condition} if several else {}),
            "share": _text(share.estimate),
            "n": _count(share),
            "where": "this lab",
        }
        for share in found.of(EVERY)
    ]
    return rows + [
        {
            "models": f"{reported.model}, {reported.group}",
            **({"condition": reported.condition} if several else {}),
            "share": reported.text,
            "n": "",
            "where": reported.where,
        }
        for reported in found.measure.reported
    ]


def _text(estimate: Estimate) -> str:
    return estimate.text(".1%")


def _count(share: Share) -> str:
    models = "1 model" if len(share.models) == 1 else f"{len(share.models)} models"
    unread = f", {share.unread:,} left out" if share.unread else ""
    return f"{models}, {share.answers:,} answers{unread}"


def downloads(outcome: Outcome, made: Reproduction) -> None:
    """Draw the downloads of all numbers."""
    rows = rows_of(outcome)
    name = f"{made.experiment}-{made.id}"
    with st.container(horizontal=True):
        download_button(
            "Numbers as CSV", partial(to_csv, pd.DataFrame(rows)), f"{name}.csv", "text/csv"
        )
        download_button(
            "Everything as JSON",
            partial(_document, outcome, made),
            f"{name}.json",
            "application/json",
        )


def _document(outcome: Outcome, made: Reproduction) -> str:
    """Return the outcome with what it was made by."""
    content = {
        "reproduction": made.model_dump(mode="json"),
        "outcome": outcome.model_dump(mode="json"),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)
