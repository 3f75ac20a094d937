"""The branches of a conversation: choose between versions of a question, or ask another one."""

import streamlit as st

from backend.chat.conversations import Turn
from components.chat.state import ChatState, Question
from components.text import plain


def branches(chat: ChatState, everything: list[Turn], turns: list[Turn]) -> None:
    """Draw a choice for each question of the branch that was asked in several versions."""
    for number, turn in enumerate(turns, 1):
        versions = [other.id for other in everything if other.after == turn.after]
        if len(versions) > 1:
            choose(chat, number, turn, versions)


def choose(chat: ChatState, number: int, turn: Turn, versions: list[int]) -> None:
    """Draw the versions of a question, and show the branch of the chosen one."""
    key = f"version-{turn.after}"
    st.session_state[key] = turn.id

    def show() -> None:
        chat.through = st.session_state[key] or turn.id

    st.segmented_control(
        f"Question {number:d}: versions",
        versions,
        format_func=lambda version: plain(str(versions.index(version) + 1)),
        key=key,
        on_change=show,
    )


def edit(chat: ChatState, turns: list[Turn]) -> None:
    """Draw what asks a question of the branch anew in other words; the old branch stays."""
    with st.popover("Edit a question", icon=":material/edit:"):
        number = st.number_input("Question", 1, len(turns), len(turns), key="edited")
        turn = turns[number - 1]
        text = st.text_area("In other words", turn.question, key=f"edit-{turn.id}")
        st.caption("It is asked with the models and settings of now. The old branch stays.")
        if st.button("Ask as a new branch", disabled=not text.strip()):
            chat.next_question = Question(text.strip(), turn.after)
            st.rerun()
