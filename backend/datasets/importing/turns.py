"""Read the messages of a chat, in the many forms in which people write them."""

import re
from typing import Any, NamedTuple

from backend.datasets.importing.files import json_of
from backend.datasets.loading import MAX_CHARACTERS
from backend.errors import InvalidDataError

SPEAKERS = ("role", "from")
TEXTS = ("content", "value", "text")
WEIGHTS = ("weight", "train", "training")
"""Keys of a message that may say that it is not to be trained: by 0 or false."""
ROLES = {
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
    "document": "document",
}
USUAL = {"user", "assistant", "system", "document", "human", "gpt"}
"""Roles whose translation need not be mentioned."""
TOOLS = {"tool", "function", "function_call", "function_response", "observation", "ipython"}
CALLS = ("tool_calls", "function_call", "tools")
MEDIA = ("image", "images", "audio", "audios", "video", "videos")
NO_TOOLS = "the lab trains no use of tools, only texts"
NO_MEDIA = "the lab trains texts only"
SURROGATE = re.compile("[\ud800-\udfff]")
Message = dict[str, Any]
"""Role, text, and a weight of 0 where it is not to be trained."""


class Turns(NamedTuple):
    """The messages of a chat, and what became of them."""

    messages: list[Message]
    changes: list[str]
    """What differs from the source, in words."""
    left_out: list[str]
    """Keys of messages that are not used."""

    def add(self, more: "Turns") -> None:
        """Append other messages, with what became of them."""
        self.messages.extend(more.messages)
        self.changes.extend(more.changes)
        self.left_out.extend(more.left_out)


def are_turns(value: Any) -> bool:
    """Whether a value is a list of messages, each with a speaker."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and key_in(turn, SPEAKERS) for turn in value)
    )


def key_in(row: dict[str, Any], keys: tuple[str, ...]) -> str:
    """Return the first of some keys that a row has, or nothing."""
    return next((key for key in keys if row.get(key) is not None), "")


def unquoted(value: Any) -> Any:
    """Return the list or object that a text holds as JSON, or any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json_of(value)
    except InvalidDataError:
        return value


def is_empty(value: Any) -> bool:
    """Whether a value says nothing, as null, an empty text and an empty list do."""
    return value is None or unquoted(value) in ("", [], {})


def turns_of(value: Any, column: str) -> Turns:
    """Return the messages of a chat.

    Raises:
        InvalidDataError: it is no chat, or holds what can't be trained; the message says what.
    """
    turns = unquoted(value)
    if not are_turns(turns):
        raise InvalidDataError(f'"{column}" must be a list of messages, each with its role')
    read = Turns([], [], [])
    for number, turn in enumerate(turns, 1):
        _add(read, number, turn)
    if not read.messages:
        raise InvalidDataError(f'"{column}" has no text')
    return read


def _add(read: Turns, number: int, turn: dict[str, Any]) -> None:
    """Read one message."""
    speaker = key_in(turn, SPEAKERS)
    role = _role(turn[speaker], number, read)
    if call := next((key for key in CALLS if turn.get(key)), ""):
        raise InvalidDataError(f'message {number} has "{call}"; {NO_TOOLS}')
    if media := next((key for key in MEDIA if turn.get(key)), ""):
        raise InvalidDataError(f'message {number} has "{media}"; {NO_MEDIA}')
    key = key_in(turn, TEXTS)
    text = _text(turn.get(key), number, read)
    if len(turn) > 2:
        others = sorted(turn.keys() - {speaker, key, *WEIGHTS})
        read.left_out.extend(other for other in others if not is_empty(turn[other]))
    if role == "system" and not text.strip():
        read.changes.append("an empty system prompt is left out")
        return
    check_text(text, f"message {number}")
    message: Message = {"role": role, "content": text}
    if not _is_trained(turn, number):
        if role == "assistant":
            read.changes.append("a reply that is marked as not to be trained is only read")
            message["weight"] = 0
    elif role == "user" and any(turn.get(mark) is True for mark in WEIGHTS):
        read.changes.append("a question that is marked to be trained is only read")
    read.messages.append(message)


def _role(speaker: Any, number: int, read: Turns) -> str:
    name = str(speaker).strip().lower()
    if name in TOOLS:
        raise InvalidDataError(f'message {number} is from "{name}"; {NO_TOOLS}')
    if name not in ROLES:
        raise InvalidDataError(
            f'message {number} is from "{name[:40]}"; it must be from "user", "assistant" or '
            '"system" ("human" and "gpt" in ShareGPT)'
        )
    if speaker not in USUAL:
        read.changes.append(f'"{speaker}" is read as "{ROLES[name]}"')
    return ROLES[name]


def _text(content: Any, number: int, read: Turns) -> str:
    """Return a message's text; a list of text parts is joined."""
    if content is None:
        return ""
    if isinstance(content, list):
        kinds = [part.get("type") if isinstance(part, dict) else None for part in content]
        if other := next((kind for kind in kinds if kind != "text"), None):
            raise InvalidDataError(f'message {number} has a part of type "{other}"; {NO_MEDIA}')
        content = [part.get("text") if isinstance(part, dict) else part for part in content]
        if all(isinstance(part, str) for part in content):
            read.changes.append("the parts of a message are joined")
            return "".join(content)
    if not isinstance(content, str):
        raise InvalidDataError(f"message {number} must be text, and is {kind_of(content)}")
    return content


def _is_trained(turn: dict[str, Any], number: int) -> bool:
    marks = {key: turn[key] for key in WEIGHTS if turn.get(key) is not None}
    for key, mark in marks.items():
        if mark not in (0, 1):  # As are 0.0, 1.0, false and true.
            raise InvalidDataError(f'"{key}" of message {number} must be 0 or 1, false or true')
    return all(marks.values())


def check_text(text: str, what: str) -> None:
    """Raise InvalidDataError if a text is blank, too long or no text at all."""
    if not text.strip():
        raise InvalidDataError(f"{what} is empty")
    if len(text) > MAX_CHARACTERS:
        raise InvalidDataError(f"{what} has more than {MAX_CHARACTERS:,} characters")
    if SURROGATE.search(text):
        raise InvalidDataError(f"{what} contains half a surrogate pair, which is no text")


def kind_of(value: Any) -> str:
    """Return in words what a value is that should be text."""
    if isinstance(value, bool):
        return str(value).lower()
    names = {dict: "an object", list: "a list", int: "a number", float: "a number"}
    return names.get(type(value), "binary data" if isinstance(value, bytes) else "another value")
