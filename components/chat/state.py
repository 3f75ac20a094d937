"""What the chat remembers of one visitor; questions and answers are only in the database."""

from dataclasses import dataclass, field
from typing import NamedTuple

import streamlit as st

from backend.chat import conversations
from backend.chat.conversations import Turn, branch
from backend.errors import NotFoundError

Setup = dict[str, str | list[str]]
"""Models, columns and settings, as the URL holds them."""


class Question(NamedTuple):
    """A question and the turn that it follows."""

    text: str
    after: int | None


@dataclass
class ChatState:
    """Which conversation is shown, and what happens to it next."""

    conversation: str = ""
    """Id of the stored conversation; empty before the first question."""
    through: int | None = None
    """A turn of the branch that is shown; None for the branch of the newest."""
    next_question: Question | None = None
    """Asked in the next run of the page."""
    waits_for: str = ""
    """Id of the job that must end before the missing answers are asked for again."""
    reopened: bool = False
    """Whether a stored conversation was opened, so that the form takes its set-up from the URL."""
    setup: dict[str, list[str]] = field(default_factory=dict)
    """The last set-up: Streamlit forgets the values of widgets that another page doesn't draw."""

    def clear(self) -> None:
        """Begin a new conversation; the old one stays stored."""
        self.conversation = self.waits_for = ""
        self.through = self.next_question = None


def chat_state() -> ChatState:
    """Return the chat of this visitor."""
    state: ChatState = st.session_state.setdefault("chat", ChatState())
    return state


def all_turns() -> list[Turn]:
    """Return the turns of the conversation that is shown; of a deleted one none."""
    chat = chat_state()
    if not chat.conversation:
        return []
    try:
        return conversations.load(chat.conversation)[1]
    except NotFoundError:
        chat.clear()
        st.toast("This conversation has been deleted.", icon=":material/warning:")
        return []


def shown_turns() -> list[Turn]:
    """Return the turns of the branch that is shown."""
    return branch(all_turns(), chat_state().through)
