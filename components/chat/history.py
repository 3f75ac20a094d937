"""What can be done with a conversation: repeat, clear, export, reopen, delete."""

import streamlit as st

from backend.chat import conversations
from backend.chat.conversations import Turn
from components.chat.setup import MOST_SEED, title_of
from components.text import ago, plain


def regenerate() -> None:
    """Ask the last question again with the next seed, since the same one says the same."""
    if failed := st.session_state.get("failed"):
        st.session_state["again"] = failed
        return
    st.session_state["again"] = st.session_state["turns"].pop().question
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (MOST_SEED + 1)


def actions(models: dict[str, tuple[str, str]], setup: dict[str, object], streaming: bool) -> None:
    """Draw what can be done with the conversation."""
    turns: list[Turn] = st.session_state["turns"]
    off = streaming or not turns
    can_repeat = not streaming and (turns or "failed" in st.session_state)
    with st.container(horizontal=True, key="actions"):
        st.button(
            "Regenerate", icon=":material/refresh:", disabled=not can_repeat, on_click=regenerate
        )
        st.button("Clear", icon=":material/delete_sweep:", disabled=not can_repeat, on_click=clear)
        titles = {name: title_of(name, models) for turn in turns for name in turn.models}
        icon = ":material/download:"
        for kind, text in (
            ("JSON", conversations.as_json(setup, turns)),
            ("Markdown", conversations.as_markdown(titles, turns)),
        ):
            st.download_button(
                kind,
                text,
                f"conversation.{'md' if kind == 'Markdown' else 'json'}",
                icon=icon,
                disabled=off,
                on_click="ignore",
            )
        with st.popover("Copy", icon=":material/content_copy:", disabled=off):
            st.code(conversations.as_markdown(titles, turns), language=None, wrap_lines=True)


def clear() -> None:
    """Begin a new conversation; the old one stays stored."""
    st.session_state["turns"] = []
    for key in ("conversation", "last", "failed"):
        st.session_state.pop(key, None)


def past(streaming: bool) -> None:
    """Draw the stored conversations; none is opened over a question that is being answered."""
    with st.sidebar:
        st.subheader("Conversations")
        found = conversations.newest()
        if not found:
            st.caption("What you ask is kept here.")
        for stored in found:
            left, right = st.columns([5, 1])
            if left.button(
                f"{plain(stored.title[:36])} · {ago(stored.created_at)}",
                key=f"open-{stored.id}",
                type="tertiary",
                disabled=streaming,
            ):
                st.query_params.from_dict({**stored.setup, "conversation": stored.id})
                st.session_state["chat-open"] = True
                clear()
                st.rerun()
            if right.button(
                "",
                key=f"forget-{stored.id}",
                icon=":material/delete:",
                help="Delete",
                disabled=streaming,
            ):
                ask_to_forget(stored.id)


@st.dialog("Delete this conversation for good?")
def ask_to_forget(conversation_id: str) -> None:
    """Ask once, then delete."""
    if st.button("Delete", type="primary"):
        conversations.forget(conversation_id)
        if st.session_state.get("conversation") == conversation_id:
            clear()
        st.rerun()
