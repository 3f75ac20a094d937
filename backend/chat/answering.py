"""Answers of conversations, asked for once and stored as they grow, whoever is looking.

The rows are the truth: pages only read them. A thread of the process in which a question was asked
receives its answers and stores them; it stops for an answer that somebody ended meanwhile. If that
process dies, its answers are seen as cut, and are asked for again only when somebody says so.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

from backend.chat import askers, conversations
from backend.chat.conversations import FAILED, Answer, Request, Turn, branch
from backend.chat.streaming import Reply
from backend.errors import DatabaseError

EVERY = 0.25
"""Seconds between two times that growing answers are stored."""


def ask(
    conversation_id: str,
    after: int | None,
    question: str,
    requests: Sequence[Request],
    draws: int = 1,
) -> int:
    """Store a question, begin to ask for its answers, and return the turn's id.

    Args:
        conversation_id: Of a stored conversation.
        after: Id of the turn that it follows; None if it begins the conversation.
        question: What all are asked.
        requests: One for each column.
        draws: Number of answers of each column.

    Raises:
        NotFoundError: the conversation has been deleted.
    """
    asker = askers.begin()
    try:
        turn = conversations.add(conversation_id, after, question, requests, asker, draws)
        _receive(conversation_id, turn, asker)
    except BaseException:
        askers.end(asker)
        raise
    return turn


def ask_again(conversation_id: str, turn: Turn) -> None:
    """Ask again for those answers of a turn that are missing, with the same request as before.

    Answers that somebody else asks for again at the same moment are left to them.
    """
    asker = askers.begin()
    missing = [answer for answer in turn.answers if answer.is_missing and answer.request]
    try:
        if conversations.hand_over(missing, asker):
            _receive(conversation_id, turn.id, asker)
        else:
            askers.end(asker)
    except BaseException:
        askers.end(asker)
        raise


def _receive(conversation_id: str, turn_id: int, asker: str) -> None:
    """Send the requests of an asker, and store what they are answered from a thread."""
    _, turns = conversations.load(conversation_id)
    path = branch([turn for turn in turns if turn.id <= turn_id], turn_id)
    replies = {
        answer.id: _reply(answer, path) for answer in path[-1].answers if answer.asker == asker
    }
    threading.Thread(target=_store, args=(asker, replies), daemon=True).start()


def _reply(answer: Answer, path: Sequence[Turn]) -> Reply:
    """Ask a column, which is told its own earlier answers only: the first draw of each."""
    assert answer.request is not None
    column, settings = answer.request.column, answer.request.settings
    earlier = [(turn.question, turn.of(answer.place)) for turn in path[:-1]]
    history = [(question, drawn[0].text) for question, drawn in earlier if drawn]
    return Reply(column, settings, column.messages(settings.system, history, path[-1].question))


def _store(asker: str, replies: dict[int, Reply]) -> None:
    """Store replies until each has ended, here or by somebody's wish."""
    waiting, stored = dict(replies), dict[int, dict[str, Any]]()
    try:
        while waiting:
            time.sleep(EVERY)
            try:
                _store_parts(asker, waiting, stored)
            except DatabaseError:  # Another program writes, or the disk is full: try again.
                continue
    finally:
        for reply in waiting.values():
            reply.stop()
        askers.end(asker)


def _store_parts(asker: str, waiting: dict[int, Reply], stored: dict[int, dict[str, Any]]) -> None:
    """Store what has come since the last time; forget the replies that have ended."""
    wanted = conversations.wanted(asker)
    for answer_id in waiting.keys() - wanted:
        waiting.pop(answer_id).stop()
    parts = {answer_id: _part(reply) for answer_id, reply in waiting.items()}
    changed = {key: part for key, part in parts.items() if stored.get(key) != part}
    if changed:
        conversations.grow(asker, changed)
    stored |= changed
    for answer_id, part in parts.items():
        if part["ending"]:
            del waiting[answer_id]


def _part(reply: Reply) -> dict[str, Any]:
    """Return the columns of an answer, as far as its reply has come."""
    ending = None if reply.running else FAILED if reply.error else reply.finish_reason or "stop"
    return {
        "ending": ending,
        "content": reply.text,
        "origin": reply.origin.model_dump() if reply.origin else None,
        "tokens": reply.tokens,
        "seconds": reply.seconds,
        "error": reply.error,
        "code": reply.code,
    }
