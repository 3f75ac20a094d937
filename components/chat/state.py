"""What the chat remembers of one visitor between two runs of the page."""

from dataclasses import dataclass, field

import streamlit as st

from backend.chat.conversations import Turn
from backend.chat.streaming import Reply

Setup = dict[str, str | list[str]]
"""Models, columns and settings, as the URL holds them."""


@dataclass
class Pending:
    """A question whose replies are still arriving."""

    question: str
    replies: list[Reply]
    models: list[str]
    """Those that were asked: the form may change while they reply."""
    setup: Setup

    @property
    def running(self) -> bool:
        """Whether any reply may still grow."""
        return any(reply.running for reply in self.replies)


@dataclass
class ChatState:
    """A conversation and what happens to it next."""

    turns: list[Turn] = field(default_factory=list)
    conversation: str = ""
    """Id of the stored conversation; empty before the first question."""
    pending: Pending | None = None
    last_replies: list[Reply] = field(default_factory=list)
    """Replies to the last question that ended, with their pace and errors."""
    failed: str = ""
    """The last question, if no model replied to it."""
    next_question: str = ""
    """Asked in the next run of the page."""
    waits_for: str = ""
    """Id of the job that must end before the failed question is asked again."""
    reopened: bool = False
    """Whether a stored conversation was opened, so that the form takes its set-up from the URL."""
    setup: dict[str, list[str]] = field(default_factory=dict)
    """The last set-up: Streamlit forgets the values of widgets that another page doesn't draw."""

    @property
    def replies(self) -> list[Reply]:
        """Those that arrive now, or else the last ones."""
        return self.pending.replies if self.pending else self.last_replies

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been asked."""
        return not (self.turns or self.pending or self.failed)

    def clear(self) -> None:
        """Begin a new conversation; the old one stays stored."""
        self.turns, self.last_replies = [], []
        self.conversation = self.failed = ""


def chat_state() -> ChatState:
    """Return the chat of this visitor."""
    state: ChatState = st.session_state.setdefault("chat", ChatState())
    return state
