"""Stored conversations with one or more models side by side."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, model_validator
from sqlmodel import col, delete, select

from backend.chat.origin import Origin
from backend.db import session
from backend.errors import NotFoundError
from models.tables import ChatMessage, Conversation

QUESTION = -1
"""Position of a turn's question; each reply has the index of its column."""


class Turn(BaseModel):
    """A question and every column's reply."""

    question: str
    replies: list[str]
    models: list[str]
    """The model of each reply, which may differ from its column's model now."""
    origins: list[Origin | None] = []
    """What produced each reply; None where that was not told."""

    @model_validator(mode="after")
    def _as_many_as_replies(self) -> "Turn":
        self.origins = [*self.origins, *[None] * (len(self.replies) - len(self.origins))]
        return self


def start(title: str, setup: dict[str, Any]) -> str:
    """Store a new conversation and return its id."""
    with session() as db:
        conversation = Conversation(title=title[:80], setup=setup)
        db.add(conversation)
        return conversation.id


def save_turn(conversation_id: str, number: int, turn: Turn) -> None:
    """Store a turn, replacing an earlier one with the same number.

    Raises:
        NotFoundError: the conversation has been deleted.
    """
    where = (col(ChatMessage.conversation_id) == conversation_id, col(ChatMessage.turn) == number)
    with session() as db:
        if db.get(Conversation, conversation_id) is None:
            raise NotFoundError("This conversation has been deleted.")
        db.execute(delete(ChatMessage).where(*where))
        replies = list(zip(turn.models, turn.replies, turn.origins, strict=True))
        rows = [(QUESTION, "", turn.question, None), *[(i, *row) for i, row in enumerate(replies)]]
        for position, model, content, origin in rows:
            message = ChatMessage(
                conversation_id=conversation_id,
                turn=number,
                position=position,
                model=model,
                content=content,
                origin=origin.model_dump() if origin else None,
            )
            db.add(message)


def load(conversation_id: str) -> tuple[Conversation, list[Turn]]:
    """Return a conversation and its turns; NotFoundError if it has been deleted."""
    query = (
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id)
        .order_by(col(ChatMessage.turn), col(ChatMessage.position))
    )
    with session() as db:
        conversation = db.get(Conversation, conversation_id)
        messages = db.exec(query).all()
    if conversation is None:
        raise NotFoundError("This conversation has been deleted.")
    turns: list[Turn] = []
    for message in messages:
        if message.position == QUESTION:
            turns.append(Turn(question=message.content, replies=[], models=[]))
        else:
            origin = Origin(**message.origin) if message.origin else None
            turns[-1].replies.append(message.content)
            turns[-1].models.append(message.model)
            turns[-1].origins.append(origin)
    return conversation, turns


def newest(limit: int = 20) -> list[Conversation]:
    """Return the latest conversations, the newest first."""
    query = select(Conversation).order_by(col(Conversation.created_at).desc()).limit(limit)
    with session() as db:
        return list(db.exec(query))


def forget(conversation_id: str) -> None:
    """Delete a conversation and its messages."""
    with session() as db:
        db.execute(delete(Conversation).where(col(Conversation.id) == conversation_id))


def as_json(setup: dict[str, Any], turns: Sequence[Turn]) -> str:
    """Return a conversation as JSON, with its setup."""
    content = {"setup": setup, "turns": [turn.model_dump() for turn in turns]}
    return json.dumps(content, indent=1, ensure_ascii=False)


def as_markdown(titles: Mapping[str, str], turns: Sequence[Turn]) -> str:
    """Return a conversation as Markdown; `titles` maps names of models to their titles."""
    lines = ["# Conversation", ""]
    for turn in turns:
        lines += ["**Question**", "", *_quoted(turn.question), ""]
        for model, reply, origin in zip(turn.models, turn.replies, turn.origins, strict=True):
            lines += [f"**{titles.get(model, model)}**", "", *_quoted(reply), ""]
            lines += [f"Answered by {origin.text}", ""] if origin else []
    return "\n".join(lines)


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines() or [""]]
