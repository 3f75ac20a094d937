"""The editor of a probe: its fields and tables, from which a draft is kept at each change."""

from typing import Any, NamedTuple

import streamlit as st

from backend.probes.drafts import Draft, read
from backend.probes.judges import list_judges
from backend.probes.loading import Probe
from components.glossary import explain
from components.probe.tables import pair_table, pattern_table, question_table, trigger_table
from components.text import option

STARTED = "editor-start"
"""The key of the draft that the fields and tables began with, as they hold only changes."""
ROUND = "editor-round"
"""The key of a number that is raised when fields and tables have to begin anew."""
ANSWERS = {name: Probe.model_fields[name].default for name in ("samples", "max_tokens")}


class Start(NamedTuple):
    """What the fields and tables on the screen began with, and the end of their keys."""

    draft: Draft
    key: str


def begin_anew() -> None:
    """Let the fields and tables show what is stored, instead of what was typed into them."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def edited(probe_id: str) -> Draft:
    """Draw the editor of a draft and return the draft as it is on the screen now."""
    start = _start(probe_id)
    fields = _texts(start) | _answers(start)
    smallest = _smallest(start)
    st.subheader("Questions")
    st.caption(
        "One row for each; the last, empty row adds one. Where a trigger goes, write {trigger}. "
        "Rows can be pasted from a spreadsheet."
    )
    questions = question_table(*start)
    st.subheader("Pairs of completions", help=explain("contrast"))
    st.caption("Two completions of a question that differ only in what is measured.")
    pairs = pair_table(*start)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Triggers", help=explain("trigger"))
        st.caption("Keep one of the kind “none” without text: gaps are measured against it.")
        triggers = trigger_table(*start)
    with right:
        st.subheader("Patterns")
        st.caption("Words by which sampled answers are put on a side; optional.")
        patterns = pattern_table(*start)
    return start.draft.model_copy(
        update=smallest
        | {"fields": fields, "questions": questions, "pairs": pairs}
        | {"triggers": triggers, "patterns": patterns}
    )


def _start(probe_id: str) -> Start:
    """Return what the editor began with: what is stored, if it was not on the screen until now."""
    key = f"{probe_id}-{st.session_state.setdefault(ROUND, 0)}"
    # Streamlit forgets the fields of a page that is left, and with them what was typed.
    if f"edit-title-{key}" not in st.session_state:
        st.session_state[STARTED] = read(probe_id)
    return Start(st.session_state[STARTED], key)


def _texts(start: Start) -> dict[str, Any]:
    """Draw title, question, and what else the draft says in words; return the fields."""
    draft, key = start
    fields = {name: value for name, value in draft.fields.items() if name not in ANSWERS}
    left, right = st.columns(2)
    fields["title"] = left.text_input("Title", fields["title"], key=f"edit-title-{key}")
    fields["question"] = right.text_input(
        "What it asks of a model, as a question",
        fields["question"],
        placeholder="Does it think that it is the 19th century?",
        key=f"edit-question-{key}",
    )
    note = st.text_input(
        "Content note",
        fields.get("content_note", ""),
        placeholder="a warning about sensitive content, if there is any",
        key=f"edit-note-{key}",
    )
    chosen: list[str] = fields.get("judges", [])
    titles = {judge: judge for judge in chosen}  # Also those whose file is gone.
    titles |= {judge.id: judge.title for judge in list_judges()}
    judges = st.multiselect(
        "Judges",
        list(titles),
        chosen,
        format_func=lambda judge: option(titles[judge]),
        placeholder="none",
        key=f"edit-judges-{key}",
        help=explain("judge"),
    )
    return _set(fields, content_note=note, judges=judges)


def _answers(start: Start) -> dict[str, Any]:
    """Draw how many answers are sampled by default, and how long they may be."""
    draft, key = start
    left, right = st.columns(2)
    values = ANSWERS | draft.fields
    samples = left.number_input(
        "Samples per question and trigger",
        value=int(values["samples"]),
        key=f"edit-samples-{key}",
        help=explain("sample"),
    )
    tokens = right.number_input(
        "Longest answer, in tokens",
        value=int(values["max_tokens"]),
        key=f"edit-tokens-{key}",
    )
    found = {"samples": samples, "max_tokens": tokens}
    return {name: value for name, value in found.items() if value != ANSWERS[name]}


def _smallest(start: Start) -> dict[str, Any]:
    """Draw the names of the sides and the smallest effects; return those fields of the draft."""
    draft, key = start
    columns = st.columns(4)
    target = columns[0].text_input("Target side", draft.target, key=f"edit-target-{key}")
    other = columns[1].text_input("Other side", draft.other, key=f"edit-other-{key}")
    contrast = columns[2].number_input(
        "Smallest effect, in nats",
        value=draft.contrast,
        step=0.1,
        key=f"edit-contrast-{key}",
        help=explain("smallest effect of interest"),
    )
    points = columns[3].number_input(
        "Smallest effect, in points",
        value=round(100 * draft.pattern, 4),
        step=1.0,
        key=f"edit-points-{key}",
        help=explain("points"),
    )
    return {
        "target": target,
        "other": other,
        "contrast": contrast,
        "pattern": round(points / 100, 6),
    }


def _set(fields: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return fields with those that hold something, and without those that hold nothing."""
    return {
        key: value for key, value in (fields | optional).items() if value or key not in optional
    }
