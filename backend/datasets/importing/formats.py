"""Tell how a file's rows say what was asked and answered, and turn them into chats."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from backend.errors import InvalidDataError

PROMPTS = ("prompt", "question", "instruction", "input", "user", "query", "human")
ANSWERS = ("completion", "answer", "response", "output", "assistant", "reply")
ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "system": "system",
}
"""Who speaks in ShareGPT files, and the role of a chat's message."""
Turn = tuple[str, Any]
"""Role and text."""


class Shape(NamedTuple):
    """A form of rows."""

    name: str
    chat: Callable[[dict[str, Any]], Any]
    """Turn a row into what OpenAI's chat format holds; its texts are still to be checked."""


def shape_of(rows: Iterable[Any], columns: list[str]) -> Shape | None:
    """Return the form of the first row that has one."""
    for row in rows:
        if isinstance(row, dict):
            shape = _shape(row, columns)
            if shape:
                return shape
    return None


def _shape(row: dict[str, Any], columns: list[str]) -> Shape | None:
    if "messages" in row:
        return Shape("OpenAI chat", lambda each: each)
    if "conversations" in row:
        return Shape("ShareGPT", _sharegpt)
    if {"instruction", "output"} <= set(row):
        return Shape("Alpaca", _alpaca)
    names = {key.strip().lower(): key for key in row}
    asked = next((names[each] for each in PROMPTS if each in names), None)
    answered = next((names[each] for each in ANSWERS if each in names), None)
    if asked is None or answered is None:
        if len(columns) != 2 or len(row) != 2:
            return None
        asked, answered = columns
    return Shape(f'"{asked}" and "{answered}"', _pairs(asked, answered))


def _pairs(asked: str, answered: str) -> Callable[[dict[str, Any]], Any]:
    def chat(row: dict[str, Any]) -> Any:
        return _chat(row, [("user", _text(row, asked)), ("assistant", _text(row, answered))])

    return chat


def _alpaca(row: dict[str, Any]) -> Any:
    asked = _text(row, "instruction")
    if row.get("input"):
        asked += "\n\n" + _text(row, "input")
    return _chat(row, [("user", asked), ("assistant", _text(row, "output"))])


def _sharegpt(row: dict[str, Any]) -> Any:
    turns = row.get("conversations")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise InvalidDataError('"conversations" must be a list of "from" and "value"')
    unknown = [turn for turn in turns if turn.get("from") not in ROLES]
    if unknown:
        raise InvalidDataError('"from" must be "human", "gpt" or "system"')
    return _chat(row, [(ROLES[turn["from"]], _text(turn, "value")) for turn in turns])


def _chat(row: dict[str, Any], turns: list[Turn]) -> Any:
    """Return a chat; a system prompt in a field of its own comes first."""
    if row.get("system"):
        turns = [("system", row["system"]), *turns]
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def _text(row: dict[str, Any], key: str) -> str:
    text = row.get(key)
    if not isinstance(text, str):
        raise InvalidDataError(f'"{key}" must be a text' if key in row else f'"{key}" is missing')
    if not text:
        raise InvalidDataError(f'"{key}" is empty')
    return text
