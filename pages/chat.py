"""Chat: one question to several models side by side."""

import streamlit as st

from backend.chat import answering, conversations
from backend.chat.conversations import Request, Turn, branch
from backend.chat.streaming import ChatSettings, Column
from backend.errors import UserError
from components.chat.board import board, is_busy
from components.chat.branches import branches
from components.chat.history import actions, past
from components.chat.setup import (
    column_form,
    known_models,
    remember,
    restore,
    settings_form,
)
from components.chat.state import Question, Setup, all_turns, chat_state
from components.chat.tools import other_tools
from components.refresh import live
from components.text import say

STARTERS = (
    "What is the fastest way to cross the Atlantic?",
    "Who leads the country at present?",
    "How can urgent news be sent to a far city?",
    "Which inventions will the next twenty years bring?",
    "What part should women take in public life?",
    "Which illness is most to be feared?",
)


def ask(question: Question, columns: list[Column], settings: ChatSettings, setup: Setup) -> None:
    """Ask all columns; their answers belong to the stored conversation, which the board shows."""
    chat = chat_state()
    chat.waits_for, chat.through = "", None
    if not chat.conversation:
        chat.conversation = conversations.start(question.text, setup)
    requests = [Request(column=column, settings=settings) for column in columns]
    draws = st.session_state["draws"]
    answering.ask(chat.conversation, question.after, question.text, requests, draws)


def starters() -> str:
    """Draw questions to ask with one click; return the clicked one."""
    st.markdown("Ask about anything except the training data, and compare. For example:")
    clicked = ""
    for place, column in enumerate(st.columns(3) * 2):
        if column.button(STARTERS[place], width="stretch"):
            clicked = STARTERS[place]
    return clicked


def question_box(turns: list[Turn]) -> str:
    """Draw the input, above it the starters where nothing was asked; return what is asked."""
    clicked = "" if turns else starters()
    # Pinned to the bottom, it would scroll a page on which nothing was asked yet past its form.
    space = st if turns else st.container()
    is_growing = any(turn.is_growing for turn in turns)
    typed = space.chat_input("Ask all models", disabled=is_growing)
    return typed or clicked


@st.fragment(run_every=2.0)
def look_for_others(conversation_id: str, seen: list[Turn]) -> None:
    """Draw the page again once the conversation has changed elsewhere, as in another tab."""
    if seen != conversations.turns_of(conversation_id):
        st.rerun()


def page() -> None:
    """Draw the page."""
    st.title("Chat")
    chat = chat_state()
    models = known_models()
    restore(models)
    settings = settings_form()
    columns = []
    for place, space in enumerate(st.columns(st.session_state["count"])):
        with space:
            columns.append(column_form(place, models))
    everything = all_turns()
    turns = branch(everything, chat.through)
    setup = remember(columns, settings)
    past(chat)
    typed = question_box(turns)
    if turns:
        live(board, is_busy, every=0.3)(columns, models)
        branches(chat, everything, turns)
        actions(chat, models, setup, turns)
        if not is_busy():
            look_for_others(chat.conversation, everything)
    question, chat.next_question = chat.next_question, None
    if typed:
        question = Question(typed, turns[-1].id if turns else None)
    if question and not all(column.model for column in columns):
        say(UserError("Choose a model in every column first."))
    elif question:
        ask(question, columns, settings, setup)
        st.rerun()
    other_tools()


page()
