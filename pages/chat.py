"""Chat: one question to several models side by side."""

import streamlit as st

from backend.chat import conversations
from backend.chat.conversations import Turn
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.errors import NotFoundError, UserError
from components.chat.board import WAITS_FOR, board
from components.chat.history import actions, past
from components.chat.setup import column_form, known_models, remember, restore, settings_form
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
    question: str, columns: list[Column], settings: ChatSettings, setup: dict[str, object]
) -> None:
    """Send a question to all columns at once, and store what was asked of which model.

    The replies follow; a page that is left before holds the question without them.
    """
    turns: list[Turn] = st.session_state["turns"]
    for left in ("failed", WAITS_FOR):
        st.session_state.pop(left, None)
    replies = []
    for place, column in enumerate(columns):
        history = [(t.question, t.replies[place]) for t in turns if place < len(t.replies)]
        messages = column.messages(settings.system, history, question)
        replies.append(Reply(column, settings, messages))
    st.session_state["asking"] = (question, replies)
    # The form may change while replies arrive; they stay those of the models that were asked.
    asked = [column.model for column in columns]
    st.session_state["asked"] = (asked, setup)
    store(setup, [*turns, Turn(question=question, replies=[""] * len(asked), models=asked)])


def finish() -> None:
    """Move a finished question to the turns and store it."""
    question, replies = st.session_state.pop("asking")
    asked, setup = st.session_state.pop("asked")
    st.session_state["last"] = replies
    if all(reply.error for reply in replies):
        st.session_state["failed"] = question
        return
    turn = Turn(question=question, replies=[reply.text for reply in replies], models=asked)
    st.session_state["turns"].append(turn)
    store(setup, st.session_state["turns"])


def store(setup: dict[str, object], turns: list[Turn]) -> None:
    """Store the newest turn; all of them when the conversation is new or was deleted meanwhile."""
    try:
        conversations.save_turn(st.session_state.get("conversation", ""), len(turns) - 1, turns[-1])
    except NotFoundError:
        kept = {key: value for key, value in setup.items() if key != "conversation"}
        st.session_state["conversation"] = conversations.start(turns[0].question, kept)
        for place, turn in enumerate(turns):
            conversations.save_turn(st.session_state["conversation"], place, turn)


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
    st.session_state.setdefault("turns", [])
    models = known_models()
    restore(models)
    settings = settings_form()
    spaces = st.columns(st.session_state["count"])
    columns = []
    for place, space in enumerate(spaces):
        with space:
            columns.append(column_form(place, models))
    if "asking" in st.session_state and not any(r.running for r in st.session_state["asking"][1]):
        finish()
    setup = remember(columns, settings)
    streaming = "asking" in st.session_state
    past(streaming)
    empty = not any(st.session_state.get(key) for key in ("turns", "asking", "failed"))
    question = starters() if empty else ""
    # Pinned to the bottom, it would scroll a page on which nothing was asked yet past its form.
    space = st.container() if empty else st
    typed = space.chat_input("Ask all models the same", disabled=streaming)
    if not empty:
        waits = 2.0 if WAITS_FOR in st.session_state else None
        st.fragment(board, run_every=0.2 if streaming else waits)(columns, models)
        actions(models, setup, streaming)
    if not streaming:
        question = st.session_state.pop("again", "") or typed or question
    if question and not all(column.model for column in columns):
        say(UserError("Pick a model in every column first."))
    elif question:
        ask(question, columns, settings, setup)
        st.rerun()


page()
