"""Chat: one question to several models side by side."""

import streamlit as st

from backend import conversations
from backend.conversations import Turn
from backend.errors import UserError
from backend.streaming import ChatSettings, Column, Reply
from pages.chat_board import board
from pages.chat_history import actions, past
from pages.chat_setup import (
    column_form,
    known_models,
    remember,
    restore,
    settings_form,
)
from pages.parts import say

STARTERS = (
    "What is the fastest way to cross the Atlantic?",
    "Who leads the country at present?",
    "How can urgent news be sent to a far city?",
    "Which inventions will the next twenty years bring?",
    "What part should women take in public life?",
    "Which illness is most to be feared?",
)


def ask(question: str, columns: list[Column], settings: ChatSettings) -> None:
    """Send a question to all columns at once."""
    turns: list[Turn] = st.session_state["turns"]
    st.session_state.pop("failed", None)
    replies = []
    for place, column in enumerate(columns):
        history = [(t.question, t.replies[place]) for t in turns if place < len(t.replies)]
        messages = column.messages(settings.system, history, question)
        replies.append(Reply(column, settings, messages))
    st.session_state["asking"] = (question, replies)


def finish(columns: list[Column], setup: dict[str, object]) -> None:
    """Move a finished question to the turns and store it."""
    question, replies = st.session_state.pop("asking")
    st.session_state["last"] = replies
    if all(reply.error for reply in replies):
        st.session_state["failed"] = question
        return
    turn = Turn(question=question, replies=[reply.text for reply in replies])
    turns: list[Turn] = st.session_state["turns"]
    turns.append(turn)
    if not st.session_state.get("conversation"):
        st.session_state["conversation"] = conversations.start(question, setup)
    models = [column.model for column in columns]
    conversations.save_turn(st.session_state["conversation"], len(turns) - 1, turn, models)


def starters() -> str:
    """Draw one-click questions; return the clicked one."""
    st.markdown("Ask about anything but the training data, and compare. For example:")
    clicked = ""
    for place, column in enumerate(st.columns(3) * 2):
        if column.button(STARTERS[place], width="stretch"):
            clicked = STARTERS[place]
    return clicked


def page() -> None:
    """Draw the page."""
    st.title("Chat")
    models = known_models()
    restore(models)
    settings = settings_form()
    spaces = st.columns(st.session_state["count"])
    columns = []
    for place, space in enumerate(spaces):
        with space:
            columns.append(column_form(place, models))
    if "asking" in st.session_state and not any(r.running for r in st.session_state["asking"][1]):
        finish(columns, remember(columns, settings))
    setup = remember(columns, settings)
    past()
    empty = not any(st.session_state.get(key) for key in ("turns", "asking", "failed"))
    question = starters() if empty else ""
    typed = st.chat_input("Ask all models the same")
    streaming = "asking" in st.session_state
    if not empty:
        st.fragment(board, run_every=0.2 if streaming else None)(columns, models)
        actions(columns, models, setup, streaming)
    if not streaming:
        question = st.session_state.pop("again", "") or typed or question
    if question and not all(column.model for column in columns):
        say(UserError("Pick a model in every column first."))
    elif question:
        ask(question, columns, settings)
        st.rerun()


page()
