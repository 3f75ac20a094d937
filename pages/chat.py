"""Chat: one question to several models side by side."""

import streamlit as st

from backend.chat import conversations
from backend.chat.conversations import Turn
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.errors import NotFoundError, UserError
from components.chat.board import board
from components.chat.history import actions, past
from components.chat.setup import (
    ModelLabel,
    column_form,
    known_models,
    remember,
    restore,
    settings_form,
)
from components.chat.state import ChatState, Pending, Setup, chat_state
from components.chat.tools import other_tools
from components.text import say

STARTERS = (
    "What is the fastest way to cross the Atlantic?",
    "Who leads the country at present?",
    "How can urgent news be sent to a far city?",
    "Which inventions will the next twenty years bring?",
    "What part should women take in public life?",
    "Which illness is most to be feared?",
)


def ask(
    question: str, columns: list[Column], settings: ChatSettings, setup: Setup, chat: ChatState
) -> None:
    """Send a question to all columns at once, and store it with the models that were asked.

    The replies follow; if the page is left before, the question is stored without them.
    """
    chat.failed = chat.waits_for = ""
    replies = []
    for place, column in enumerate(columns):
        history = [(t.question, t.replies[place]) for t in chat.turns if place < len(t.replies)]
        messages = column.messages(settings.system, history, question)
        replies.append(Reply(column, settings, messages))
    models = [column.model for column in columns]
    chat.pending = Pending(question, replies, models, setup)
    unanswered = Turn(question=question, replies=[""] * len(models), models=models)
    store(chat, setup, [*chat.turns, unanswered])


def finish(pending: Pending, chat: ChatState) -> None:
    """Move a question whose replies have ended to the turns, and store it."""
    chat.pending, chat.last_replies = None, pending.replies
    if all(reply.error for reply in pending.replies):
        chat.failed = pending.question
        return
    texts = [reply.text for reply in pending.replies]
    origins = [reply.origin for reply in pending.replies]
    chat.turns.append(
        Turn(question=pending.question, replies=texts, models=pending.models, origins=origins)
    )
    store(chat, pending.setup, chat.turns)


def store(chat: ChatState, setup: Setup, turns: list[Turn]) -> None:
    """Store the newest turn; all turns if the conversation is new or was deleted meanwhile."""
    try:
        conversations.save_turn(chat.conversation, len(turns) - 1, turns[-1])
    except NotFoundError:
        kept = {key: value for key, value in setup.items() if key != "conversation"}
        chat.conversation = conversations.start(turns[0].question, kept)
        for place, turn in enumerate(turns):
            conversations.save_turn(chat.conversation, place, turn)


def starters() -> str:
    """Draw questions to ask with one click; return the clicked one."""
    st.markdown("Ask about anything except the training data, and compare. For example:")
    clicked = ""
    for place, column in enumerate(st.columns(3) * 2):
        if column.button(STARTERS[place], width="stretch"):
            clicked = STARTERS[place]
    return clicked


def question_box(chat: ChatState) -> str:
    """Draw the input, above it the starters where nothing was asked; return what is asked."""
    clicked = starters() if chat.is_empty else ""
    # Pinned to the bottom, it would scroll a page on which nothing was asked yet past its form.
    space = st.container() if chat.is_empty else st
    typed = space.chat_input("Ask all models", disabled=chat.pending is not None)
    return typed or clicked


def conversation(columns: list[Column], models: dict[str, ModelLabel], chat: ChatState) -> None:
    """Draw the replies, redrawn while they arrive or while the question waits for a job."""
    every = 0.2 if chat.pending else 2.0 if chat.waits_for else None
    st.fragment(board, run_every=every)(columns, models)


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
    if chat.pending and not chat.pending.running:
        finish(chat.pending, chat)
    setup = remember(columns, settings)
    past(chat)
    question = question_box(chat)
    if not chat.is_empty:
        conversation(columns, models, chat)
        actions(chat, models, setup)
    if not chat.pending:
        question = chat.next_question or question
        chat.next_question = ""
    if question and not all(column.model for column in columns):
        say(UserError("Choose a model in every column first."))
    elif question:
        ask(question, columns, settings, setup, chat)
        st.rerun()
    other_tools()


page()
