"""What can be done with a conversation: repeat, clear, export, reopen, delete."""

import streamlit as st

from backend.chat import answering, conversations
from backend.chat.conversations import MOST_SEED, Turn
from backend.text import visible
from components.chat.branches import edit
from components.chat.setup import ModelLabel, title_of
from components.chat.state import ChatState, Question, Setup, chat_state
from components.text import PASSAGE, ago, plain
from models.tables import Conversation


def regenerate(turns: list[Turn]) -> None:
    """Ask the last question again with the next seed; the same seed would repeat the answer.

    The earlier answers stay stored, as those of another branch. Where a model has not answered at
    all, only the missing answers are asked for.
    """
    chat, last = chat_state(), turns[-1]
    if all(answer.is_missing and answer.request for answer in last.answers):
        answering.ask_again(chat.conversation, last)
        return
    chat.next_question = Question(last.question, last.after)
    seed = st.session_state["seed"] + st.session_state["draws"]
    st.session_state["seed"] = seed % (MOST_SEED + 1)


def actions(
    chat: ChatState, models: dict[str, ModelLabel], setup: Setup, turns: list[Turn]
) -> None:
    """Draw what can be done with the conversation."""
    names = [answer.model for turn in turns for answer in turn.answers]
    markdown = conversations.as_markdown({name: title_of(name, models) for name in names}, turns)
    idle = not any(turn.is_growing for turn in turns)
    with st.container(horizontal=True, key="actions"):
        refresh, sweep = ":material/refresh:", ":material/delete_sweep:"
        st.button("Regenerate", icon=refresh, disabled=not idle, on_click=regenerate, args=(turns,))
        if idle:
            edit(chat, turns)
        st.button("Clear", icon=sweep, on_click=chat.clear)
        export("JSON", conversations.as_json(setup, turns), "json", idle)
        export("Markdown", markdown, "md", idle)
        is_short = len(markdown) <= PASSAGE  # A longer one is only downloaded.
        copy = ":material/content_copy:"
        with st.popover("Copy", icon=copy, disabled=not (idle and is_short)):
            st.code(visible(markdown) if is_short else "", language=None, wrap_lines=True)


def export(label: str, text: str, suffix: str, enabled: bool) -> None:
    """Draw one download of the conversation."""
    st.download_button(
        plain(label),
        text,
        f"conversation.{suffix}",
        icon=":material/download:",
        disabled=not enabled,
        on_click="ignore",
    )


def past(chat: ChatState) -> None:
    """Draw the stored conversations; answers go on arriving in one that is left."""
    with st.sidebar:
        st.subheader("Conversations")
        words = st.text_input("Search questions and answers", key="search")
        stored = conversations.newest(words=words)
        if not stored and words.strip():
            st.caption("No conversation has all these words. Try fewer.")
        elif not stored:
            st.caption("No conversations yet. Each one is saved here.")
        for conversation in stored:
            stored_conversation(conversation, chat)


def stored_conversation(stored: Conversation, chat: ChatState) -> None:
    """Draw one stored conversation: open it, delete it."""
    left, right = st.columns([5, 1])
    label = f"{plain(stored.title[:36])} · {ago(stored.created_at)}"
    if left.button(label, key=f"open-{stored.id}", type="tertiary"):
        st.query_params.from_dict({**stored.setup, "conversation": stored.id})
        chat.clear()
        chat.reopened = True
        st.rerun()
    icon = ":material/delete:"
    if right.button("", key=f"forget-{stored.id}", icon=icon, help="Delete"):
        ask_to_delete(stored.id)


@st.dialog("Delete this conversation permanently?")
def ask_to_delete(conversation_id: str) -> None:
    """Ask once, then delete."""
    if st.button("Delete", type="primary"):
        conversations.forget(conversation_id)
        chat = chat_state()
        if chat.conversation == conversation_id:
            chat.clear()
        st.rerun()
