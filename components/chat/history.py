"""What can be done with a conversation: repeat, clear, export, reopen, delete."""

import streamlit as st

from backend.chat import conversations
from backend.text import visible
from components.chat.setup import MOST_SEED, ModelLabel, title_of
from components.chat.state import ChatState, Setup, chat_state
from components.text import PASSAGE, ago, plain
from models.tables import Conversation


def regenerate() -> None:
    """Ask the last question again with the next seed; the same seed would repeat the reply."""
    chat = chat_state()
    if chat.failed:
        chat.next_question = chat.failed
        return
    chat.next_question = chat.turns.pop().question
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (MOST_SEED + 1)


def actions(chat: ChatState, models: dict[str, ModelLabel], setup: Setup) -> None:
    """Draw what can be done with the conversation."""
    titles = {name: title_of(name, models) for turn in chat.turns for name in turn.models}
    markdown = conversations.as_markdown(titles, chat.turns)
    idle = chat.pending is None
    has_question = idle and not chat.is_empty
    has_turns = idle and bool(chat.turns)
    with st.container(horizontal=True, key="actions"):
        refresh, sweep = ":material/refresh:", ":material/delete_sweep:"
        st.button("Regenerate", icon=refresh, disabled=not has_question, on_click=regenerate)
        st.button("Clear", icon=sweep, disabled=not has_question, on_click=chat.clear)
        export("JSON", conversations.as_json(setup, chat.turns), "json", has_turns)
        export("Markdown", markdown, "md", has_turns)
        is_short = len(markdown) <= PASSAGE  # A longer one is only downloaded.
        copy = ":material/content_copy:"
        with st.popover("Copy", icon=copy, disabled=not (has_turns and is_short)):
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
    """Draw the stored conversations; none can be opened while replies arrive."""
    with st.sidebar:
        st.subheader("Conversations")
        stored = conversations.newest()
        if not stored:
            st.caption("No conversations yet. Each one is saved here.")
        for conversation in stored:
            stored_conversation(conversation, chat)


def stored_conversation(stored: Conversation, chat: ChatState) -> None:
    """Draw one stored conversation: open it, delete it."""
    disabled = chat.pending is not None
    left, right = st.columns([5, 1])
    label = f"{plain(stored.title[:36])} · {ago(stored.created_at)}"
    if left.button(label, key=f"open-{stored.id}", type="tertiary", disabled=disabled):
        st.query_params.from_dict({**stored.setup, "conversation": stored.id})
        chat.clear()
        chat.reopened = True
        st.rerun()
    icon = ":material/delete:"
    if right.button("", key=f"forget-{stored.id}", icon=icon, help="Delete", disabled=disabled):
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
