"""Preview of a file of rows: what each column is for, what is refused, and what is trained."""

import streamlit as st

from backend.datasets.importing.columns import Choice
from backend.datasets.importing.preview import SHOWN, Preview, UnclearColumnsError
from backend.datasets.loading import Example
from backend.text import shortened
from components.text import highlighted, option, plain

COMPLAINTS = 20
"""Invalid rows that are drawn."""
MOST = 600
"""Characters of a message that are drawn."""


def preview_rows(preview: Preview) -> None:
    """Draw the format, the counts, what becomes of columns and rows, and the first valid ones."""
    st.markdown(
        f"**{plain(preview.format)}** · valid rows: {len(preview.examples):,} · "
        f"invalid: {len(preview.bad_rows):,} · duplicates: {preview.duplicates:,} · "
        f"near duplicates: {preview.near_duplicates:,}"
    )
    st.markdown("\n".join(f"- {plain(line)}" for line in preview.account))
    if preview.bad_rows:
        complaints = [preview.complaint(row) for row in preview.bad_rows[:COMPLAINTS]]
        st.warning("\n".join(f"- {plain(complaint)}" for complaint in complaints))
        if len(preview.bad_rows) > COMPLAINTS:
            st.caption(f"and {len(preview.bad_rows) - COMPLAINTS:,} more")
    if preview.examples:
        st.markdown("**The first rows, as they will be trained**")
    for example in preview.examples[:SHOWN]:
        _row(example)


def _row(example: Example) -> None:
    """Draw the messages of a row, and which of them are trained."""
    with st.container(border=True):
        for message in example.messages:
            st.caption(f"{plain(message.role)} · {plain(message.training)}")
            st.markdown(highlighted(shortened(message.content, MOST), ()))


def choose_columns(error: UnclearColumnsError, key: str) -> Choice | None:
    """Ask which columns are the question and the answer; None until both are chosen."""
    st.info(plain(str(error)), icon=":material/help:")
    left, right = st.columns(2)
    question = left.selectbox(
        "Question",
        ["", *error.columns],
        format_func=lambda name: option(name or "none: documents or chats"),
        index=None,
        placeholder="a column",
        key=f"question-{key}",
        help="None if the other column holds documents or whole chats.",
    )
    answer = right.selectbox(
        "Answer",
        error.columns,
        format_func=option,
        index=None,
        placeholder="a column",
        key=f"answer-{key}",
    )
    return None if answer is None else Choice(question=question or "", answer=answer)
