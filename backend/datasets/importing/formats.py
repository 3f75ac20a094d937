"""Recognise the format of a file's rows and convert them into chats."""

from collections.abc import Callable, Iterable
from functools import partial
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
"""Speakers in ShareGPT files and their roles in a chat."""
Message = tuple[str, Any]
"""Role and text."""


class Format(NamedTuple):
    """A format of rows."""

    name: str
    chat: Callable[[dict[str, Any]], Any]
    """Converts a row to OpenAI's chat format, without validating its texts."""


def format_of(rows: Iterable[Any], columns: list[str]) -> Format | None:
    """Return the format of the first row that has a known one."""
    for row in rows:
        if isinstance(row, dict) and (known := _format(row, columns)):
            return known
    return None


def _format(row: dict[str, Any], columns: list[str]) -> Format | None:
    if "messages" in row:
        return Format("OpenAI chat", lambda row: row)
    if "conversations" in row:
        return Format("ShareGPT", _sharegpt)
    if {"instruction", "output"} <= set(row):
        return Format("Alpaca", _alpaca)
    names = {key.strip().lower(): key for key in row}
    prompt = next((names[name] for name in PROMPTS if name in names), None)
    answer = next((names[name] for name in ANSWERS if name in names), None)
    if prompt is None or answer is None:
        if len(columns) != 2 or len(row) != 2:
            return None
        prompt, answer = columns
    return Format(f'"{prompt[:40]}" and "{answer[:40]}"', partial(_pair, prompt, answer))


def _pair(prompt: str, answer: str, row: dict[str, Any]) -> Any:
    return _chat(row, [("user", _text(row, prompt)), ("assistant", _text(row, answer))])


def _alpaca(row: dict[str, Any]) -> Any:
    prompt = _text(row, "instruction")
    if row.get("input"):
        prompt += "\n\n" + _text(row, "input")
    return _chat(row, [("user", prompt), ("assistant", _text(row, "output"))])


def _sharegpt(row: dict[str, Any]) -> Any:
    turns = row.get("conversations")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise InvalidDataError('"conversations" must be a list of "from" and "value"')
    unknown = [turn for turn in turns if turn.get("from") not in ROLES]
    if unknown:
        raise InvalidDataError('"from" must be "human", "gpt" or "system"')
    return _chat(row, [(ROLES[turn["from"]], _text(turn, "value")) for turn in turns])


def _chat(row: dict[str, Any], messages: list[Message]) -> Any:
    """Return a chat, with the row's system prompt first if it has one."""
    if row.get("system"):
        messages = [("system", row["system"]), *messages]
    return {"messages": [{"role": role, "content": text} for role, text in messages]}


def _text(row: dict[str, Any], key: str) -> str:
    text = row.get(key)
    if not isinstance(text, str):
        raise InvalidDataError(f'"{key}" must be text' if key in row else f'"{key}" is missing')
    if not text:
        raise InvalidDataError(f'"{key}" is empty')
    return text
