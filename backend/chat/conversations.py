"""Stored conversations with one or more models side by side: a tree of questions with answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session, col, delete, or_, select, update

from backend.chat import askers
from backend.chat.origin import Origin
from backend.chat.streaming import ChatSettings, Column
from backend.db import session
from backend.errors import NotFoundError
from models.tables import ChatAnswer, ChatQuestion, Conversation

STOPPED, FAILED, CUT = "stopped", "failed", "cut"
"""How an answer can end beside the engine's reasons ("stop", "length"): a person stopped it, the
engine refused or broke off, or its asker has ended without storing an end."""
MOST_SEED = 2**31 - 1
MIN_SECONDS = 0.05
"""Shortest time between first and last token that gives a meaningful rate."""


class Request(BaseModel):
    """What a question asks a column with."""

    column: Column
    settings: ChatSettings

    def drawn(self, draw: int) -> "Request":
        """Return the request of one of several answers, each with a seed of its own."""
        seed = (self.settings.seed + draw) % (MOST_SEED + 1)
        return self.model_copy(update={"settings": self.settings.model_copy(update={"seed": seed})})


class Answer(BaseModel):
    """One answer, as far as it is stored."""

    id: int
    place: int
    """Index of its column."""
    draw: int
    """Index among the column's answers to the same question."""
    model: str
    """The model that was asked, which may differ from its column's model now."""
    request: Request | None
    text: str
    origin: Origin | None
    """What produced it; None where that was not told."""
    tokens: int | None
    seconds: float | None
    """From the first token to the last."""
    asker: str
    ending: str | None
    """None as long as the answer may grow."""
    error: str
    code: str

    @property
    def is_missing(self) -> bool:
        """Whether it ended before the model had ended it, and nobody stopped it."""
        return self.ending in (FAILED, CUT)

    @property
    def tokens_per_second(self) -> float | None:
        """Rate from the first token to the last; None where it is not known or meaningless."""
        if not self.tokens or not self.seconds or self.seconds < MIN_SECONDS:
            return None
        return (self.tokens - 1) / self.seconds


class Turn(BaseModel):
    """A question and the answers to it."""

    id: int
    after: int | None
    """Id of the turn before it; None for the first."""
    question: str
    answers: list[Answer]

    @property
    def is_growing(self) -> bool:
        """Whether any answer may still grow."""
        return any(answer.ending is None for answer in self.answers)

    def of(self, place: int) -> list[Answer]:
        """Return a column's answers."""
        return [answer for answer in self.answers if answer.place == place]


def start(title: str, setup: dict[str, Any]) -> str:
    """Store a new conversation and return its id."""
    with session() as db:
        conversation = Conversation(title=title[:80], setup=setup)
        db.add(conversation)
        return conversation.id


def add(
    conversation_id: str,
    after: int | None,
    question: str,
    requests: Sequence[Request],
    asker: str,
    draws: int = 1,
) -> int:
    """Store a question with its answers, all still empty, and return the turn's id.

    Each request has as many answers as there are draws.

    Raises:
        NotFoundError: the conversation has been deleted.
    """
    with session() as db:
        if db.get(Conversation, conversation_id) is None:
            raise NotFoundError("This conversation has been deleted.")
        asked = ChatQuestion(conversation_id=conversation_id, after_id=after, content=question)
        db.add(asked)
        db.flush()
        assert asked.id is not None
        for (place, request), draw in product(enumerate(requests), range(draws)):
            db.add(
                ChatAnswer(
                    question_id=asked.id,
                    position=place,
                    draw=draw,
                    model=request.column.model,
                    request=request.drawn(draw).model_dump(),
                    asker=asker,
                )
            )
        return asked.id


def hand_over(answers: Iterable[Answer], asker: str) -> bool:
    """Empty answers for a new asker; whether any is its own: others may have been quicker."""
    taken = 0
    with session() as db:
        for answer in answers:
            where = (col(ChatAnswer.id) == answer.id, col(ChatAnswer.asker) == answer.asker)
            empty = {"content": "", "origin": None, "error": "", "code": "", "ending": None}
            pace = {"tokens": None, "seconds": None}
            change = update(ChatAnswer).where(*where).values(asker=asker, **empty, **pace)
            taken += db.exec(change).rowcount
    return taken > 0


def wanted(asker: str) -> set[int]:
    """Return the ids of the answers that an asker is still to give."""
    where = (col(ChatAnswer.asker) == asker, col(ChatAnswer.ending).is_(None))
    with session() as db:
        return {answer for answer in db.exec(select(ChatAnswer.id).where(*where)) if answer}


def grow(asker: str, parts: Mapping[int, Mapping[str, Any]]) -> None:
    """Store what an asker has received, by ids of answers; one that has ended meanwhile stays."""
    with session() as db:
        for answer_id, columns in parts.items():
            where = (
                col(ChatAnswer.id) == answer_id,
                col(ChatAnswer.asker) == asker,
                col(ChatAnswer.ending).is_(None),
            )
            db.exec(update(ChatAnswer).where(*where).values(**columns))


def stop(turn: Turn) -> None:
    """End all growing answers of a turn; who asks for them sees so and stops."""
    where = (col(ChatAnswer.question_id) == turn.id, col(ChatAnswer.ending).is_(None))
    with session() as db:
        db.exec(update(ChatAnswer).where(*where).values(ending=STOPPED))


def load(conversation_id: str) -> tuple[Conversation, list[Turn]]:
    """Return a conversation and all its turns, in the order in which they were asked.

    Raises:
        NotFoundError: it has been deleted.
    """
    with session() as db:
        conversation = db.get(Conversation, conversation_id)
        if conversation is None:
            raise NotFoundError("This conversation has been deleted.")
        return conversation, _turns(db, conversation_id)


def turns_of(conversation_id: str) -> list[Turn]:
    """Return what `load` does without the conversation; empty if it has been deleted."""
    with session() as db:
        return _turns(db, conversation_id)


def _turns(db: Session, conversation_id: str) -> list[Turn]:
    of_it = col(ChatQuestion.conversation_id) == conversation_id
    questions = db.exec(select(ChatQuestion).where(of_it).order_by(col(ChatQuestion.id)))
    turns = {
        asked.id: Turn(id=asked.id, after=asked.after_id, question=asked.content, answers=[])
        for asked in questions
        if asked.id is not None
    }
    order = (col(ChatAnswer.question_id), col(ChatAnswer.position), col(ChatAnswer.draw))
    for row in db.exec(select(ChatAnswer).join(ChatQuestion).where(of_it).order_by(*order)):
        turns[row.question_id].answers.append(_answer(row))
    return list(turns.values())


def _answer(row: ChatAnswer) -> Answer:
    assert row.id is not None
    is_cut = row.ending is None and not askers.is_alive(row.asker)
    return Answer(
        id=row.id,
        place=row.position,
        draw=row.draw,
        model=row.model,
        request=Request(**row.request) if row.request else None,
        text=row.content,
        origin=Origin(**row.origin) if row.origin else None,
        tokens=row.tokens,
        seconds=row.seconds,
        asker=row.asker,
        ending=CUT if is_cut else row.ending,
        error=row.error,
        code=row.code,
    )


def branch(turns: Sequence[Turn], through: int | None = None) -> list[Turn]:
    """Return one branch from its first turn to its newest.

    Args:
        turns: All of the conversation, in the order in which they were asked.
        through: Id of a turn of the branch; None for the branch of the newest turn.
    """
    by_id = {turn.id: turn for turn in turns}
    latest = by_id.get(through) if through is not None else None
    if latest is None:
        latest = turns[-1] if turns else None
    else:
        within = {latest.id}
        for turn in turns:
            if turn.after in within:
                within.add(turn.id)
                latest = turn
    path: list[Turn] = []
    while latest is not None:
        path.insert(0, latest)
        latest = by_id.get(latest.after) if latest.after is not None else None
    return path


def newest(limit: int = 20, words: str = "") -> list[Conversation]:
    """Return the latest conversations that hold all the words, the newest first.

    Each word may be in another question or answer, and may be a part of a longer word.
    """
    query = select(Conversation).order_by(col(Conversation.created_at).desc()).limit(limit)
    for word in words.split():
        asked = select(ChatQuestion.conversation_id).where(
            col(ChatQuestion.content).icontains(word, autoescape=True)
        )
        answered = (
            select(ChatQuestion.conversation_id)
            .join(ChatAnswer)
            .where(col(ChatAnswer.content).icontains(word, autoescape=True))
        )
        found = col(Conversation.id)
        query = query.where(or_(found.in_(asked), found.in_(answered)))
    with session() as db:
        return list(db.exec(query))


def forget(conversation_id: str) -> None:
    """Delete a conversation, its questions and its answers."""
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
        for answer in turn.answers:
            lines += [f"**{titles.get(answer.model, answer.model)}**", "", *_quoted(answer.text)]
            lines += ["", f"Answered by {answer.origin.text}", ""] if answer.origin else [""]
    return "\n".join(lines)


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines() or [""]]
