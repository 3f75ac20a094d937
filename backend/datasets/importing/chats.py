"""Convert a row into a chat or document, by what its columns are for."""

from typing import Any

from backend.datasets.importing.columns import TOOLS, Columns
from backend.datasets.importing.turns import (
    NO_MEDIA,
    NO_TOOLS,
    Turns,
    are_turns,
    check_text,
    is_empty,
    kind_of,
    turns_of,
    unquoted,
)
from backend.errors import InvalidDataError

Row = dict[str, Any]
FALSE = ("0", "0.0", "false")


def turns_in(row: Row, columns: Columns) -> Turns:
    """Return a row's messages.

    Raises:
        InvalidDataError: the row lacks something, or holds what can't be trained.
    """
    _check_flags(row, columns)
    roles = columns.roles
    if "document" in roles:
        document = _text(row, roles["document"])
        return Turns([{"role": "document", "content": document}], [], [])
    # A file may hold chats in some rows and pairs in others.
    chat = roles.get("chat")
    if chat is not None and not ("question" in roles and is_empty(row.get(chat))):
        read = turns_of(_present(row, chat), chat)
    else:
        read = _pair(row, columns)
    if "system" in roles and not is_empty(row.get(roles["system"])):
        _put_in_front(read, _text(row, roles["system"]), roles["system"])
    return read


def _pair(row: Row, columns: Columns) -> Turns:
    """Return the turns of a question and its answer, either of which may be messages."""
    roles = columns.roles
    read = _history(row, roles["history"]) if "history" in roles else Turns([], [], [])
    for role, column in (("user", roles["question"]), ("assistant", roles["answer"])):
        value = unquoted(_present(row, column))
        if are_turns(value):
            read.add(turns_of(value, column))
        else:
            text = _text(row, column)
            if role == "user" and "context" in roles and not is_empty(row.get(roles["context"])):
                text += "\n\n" + _text(row, roles["context"])
            read.messages.append({"role": role, "content": text})
    return read


def _history(row: Row, column: str) -> Turns:
    """Return earlier turns, written as messages or as pairs of question and answer."""
    value = unquoted(row.get(column))
    if is_empty(value):
        return Turns([], [], [])
    if are_turns(value):
        return turns_of(value, column)
    pairs = value if isinstance(value, list) else [value]
    for pair in pairs:
        texts = isinstance(pair, list) and len(pair) == 2
        if not texts or not all(isinstance(text, str) and text.strip() for text in pair):
            raise InvalidDataError(f'"{column}" must be a list of questions with their answers')
    roles = ("user", "assistant")
    messages = [
        {"role": role, "content": text}
        for pair in pairs
        for role, text in zip(roles, pair, strict=True)
    ]
    return Turns(messages, [], [])


def _put_in_front(read: Turns, text: str, column: str) -> None:
    """Put a row's system prompt before its chat, unless the chat has one."""
    own = [message["content"] for message in read.messages if message["role"] == "system"]
    if own and own != [text]:
        raise InvalidDataError(f'has a system prompt in "{column}" and another in the chat')
    if not own:
        read.messages.insert(0, {"role": "system", "content": text})


def _check_flags(row: Row, columns: Columns) -> None:
    """Raise InvalidDataError if a row is not to be learned, or holds what can't be trained."""
    for column in columns.excluded:
        if not is_empty(row.get(column)):
            why = NO_TOOLS if column.strip().lower() in TOOLS else NO_MEDIA
            raise InvalidDataError(f'has "{column[:40]}"; {why}')
    flag = columns.roles.get("flag")
    if flag is not None and str(row.get(flag)).lower() in FALSE:
        raise InvalidDataError(
            f'"{flag}" is {str(row[flag]).lower()}, so its answer is not to be learned; '
            "finetuning learns every answer that it is given"
        )


def _present(row: Row, column: str) -> Any:
    value = row.get(column)
    if value is None:
        raise InvalidDataError(f'"{column[:40]}" is missing')
    return value


def _text(row: Row, column: str) -> str:
    text, name = _present(row, column), f'"{column[:40]}"'
    if not isinstance(text, str):
        raise InvalidDataError(f"{name} must be text, and is {kind_of(text)}")
    check_text(text, name)
    return text
