"""The rows of a probe as tables to edit: questions, pairs, triggers and patterns.

A table starts from the rows that the page was opened with and holds the changes itself. Rows that
are shown by all of it would begin anew with each of its changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from backend.probes.drafts import Draft, PairRow, PatternRow, Question, TriggerRow, rows_from
from models.configs import TriggerKind

PLACE = "place"
"""A column that is not shown: where the row stood in the draft, for what is not in the table."""
QUESTIONS = {
    "id": st.column_config.TextColumn("id", width="small"),
    "title": st.column_config.TextColumn("title", width="small"),
    "text": st.column_config.TextColumn("question", width="large"),
}
PAIRS = {
    "question": st.column_config.TextColumn("id of the question", width="small"),
    "target": st.column_config.TextColumn("target completion", width="medium"),
    "other": st.column_config.TextColumn("other completion", width="medium"),
}
TRIGGERS = {
    "label": st.column_config.TextColumn("label", width="small"),
    "text": st.column_config.TextColumn("text", width="medium"),
    "kind": st.column_config.SelectboxColumn("kind", options=get_args(TriggerKind), width="small"),
}
PATTERNS = {
    "side": st.column_config.SelectboxColumn("side", options=["target", "other"], width="small"),
    "pattern": st.column_config.TextColumn("regular expression", width="large"),
}


def question_table(start: Draft, key: str) -> list[Question]:
    """Draw the questions and return them with what the table does not show of each."""
    rows = [each.model_dump(include={*QUESTIONS}) for each in start.questions]
    found = _edited("Questions", rows, QUESTIONS, f"questions-{key}")
    kept = [start.questions[int(row[PLACE])].rest if row[PLACE] else {} for row in found]
    return rows_from(Question, [row | {"rest": r} for row, r in zip(found, kept, strict=True)])


def pair_table(start: Draft, key: str) -> list[PairRow]:
    """Draw the pairs of completions and return them."""
    rows = [each.model_dump() for each in start.pairs]
    return rows_from(PairRow, _edited("Pairs of completions", rows, PAIRS, f"pairs-{key}"))


def trigger_table(start: Draft, key: str) -> list[TriggerRow]:
    """Draw the triggers and return them with their words."""
    rows = [each.model_dump(include={*TRIGGERS}) for each in start.triggers]
    found = _edited("Triggers", rows, TRIGGERS, f"triggers-{key}")
    words = [start.triggers[int(row[PLACE])].words if row[PLACE] else {} for row in found]
    return rows_from(TriggerRow, [row | {"words": w} for row, w in zip(found, words, strict=True)])


def pattern_table(start: Draft, key: str) -> list[PatternRow]:
    """Draw the regular expressions of either side and return them."""
    rows = [each.model_dump() for each in start.patterns]
    return rows_from(PatternRow, _edited("Patterns", rows, PATTERNS, f"patterns-{key}"))


def _edited(
    label: str, rows: Sequence[Mapping[str, Any]], columns: dict[str, ColumnConfig], key: str
) -> list[dict[str, Any]]:
    """Draw a table and return its rows as they are now, with empty texts for empty cells."""
    frame = pd.DataFrame(
        [{PLACE: str(place), **row} for place, row in enumerate(rows)],
        columns=[PLACE, *columns],
        dtype="object",
    )
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        placeholder="",
        key=key,
        alt=label,
    )
    return [
        {name: "" if pd.isna(value) else str(value) for name, value in row.items()}
        for row in edited.to_dict("records")
    ]
