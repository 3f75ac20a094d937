"""Read one entry of a question file: a question or a judge, in any of the shapes in use.

llmcomp names judges by their ids; the files of emergent misalignment (arXiv 2502.17424) hold their
templates in `judge_prompts`.
"""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.errors import InvalidDataError
from backend.probes.loading import Message

QUESTION = "free_form"
CHOICE = "free_form_judge"
RATINGS = ("rating_judge", "free_form_judge_0_100", "free_form_0_100", "rating")
PLACEHOLDER = "{answer}"
"""Distinguishes a judge's template from a question."""
SCALE = (0, 100)
OF_SCALE = re.compile(r"\b0\b[^\n]{0,60}?\b100\b")
"""What the template of a rating says of its scale."""
MAX_PARAPHRASES = 1000
USED = {"id", "name", "type", "paraphrases", "messages", "system", "samples_per_paraphrase"}
USED |= {"max_tokens", "judges", "judge_prompts", "min_rating", "max_rating"}
"""Keys of an entry that the lab makes use of."""


class Entry(BaseModel):
    """An entry of a question file."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=200)
    type: str
    paraphrases: list[str] = []
    before: list[list[Message]] = []
    """The messages before each paraphrase; empty if there are none before any."""
    samples_per_paraphrase: int = 1
    judges: dict[str, str] = {}
    """Names of the judges of a question."""
    inline: list["Entry"] = []
    """Judges that a question defines itself, called by their keys there."""
    max_tokens: int | None = None
    """Limit of an answer's length; the probe's default if it is not given."""
    min_rating: int = SCALE[0]
    max_rating: int = SCALE[1]
    unused: list[str] = []
    """Keys that the lab makes no use of."""


def entry_of(number: int, content: Any) -> Entry:
    """Return an entry.

    Args:
        number: Its place in the file, counted from 1.
        content: As parsed; numbers may stand for texts, and null means that a key is absent.

    Raises:
        InvalidDataError: it can't be used; the message says why.
    """
    if not isinstance(content, dict):
        raise InvalidDataError(f"entry {number} is not a mapping of keys to values")
    fields = {str(key): value for key, value in content.items() if value is not None}
    name = _text(fields.get("id", fields.get("name")))
    label = f'"{name}"' if name else f"entry {number}"
    if not name or len(name) > 200:
        raise InvalidDataError(f'{label} needs an "id" of at most 200 characters')
    asked, before = _asked(label, fields)
    kind = _kind(label, fields, asked)
    judges, inline = _judges(label, fields.get("judges", {}), None)
    of_prompts = None if kind == QUESTION else kind
    own, prompts = _judges(label, fields.get("judge_prompts", {}), of_prompts)
    return Entry(
        id=name,
        type=QUESTION if judges or own else kind,
        paraphrases=asked,
        before=before,
        samples_per_paraphrase=_whole(label, fields, "samples_per_paraphrase", 1, 0, 10**6),
        judges=judges | own,
        inline=[*inline, *prompts],
        max_tokens=_whole(label, fields, "max_tokens", None, 1, 4096),
        min_rating=_whole(label, fields, "min_rating", SCALE[0], -(10**6), 10**6),
        max_rating=_whole(label, fields, "max_rating", SCALE[1], -(10**6), 10**6),
        unused=[key for key in fields if key not in USED],
    )


def _kind(label: str, fields: dict[str, Any], asked: list[str]) -> str:
    kind = fields.get("type")
    if kind is None:
        is_judge = len(asked) == 1 and PLACEHOLDER in asked[0]
        return kind_of(asked[0]) if is_judge else QUESTION
    if kind not in (QUESTION, CHOICE, *RATINGS):
        unknown = f'the unknown type "{kind}"' if isinstance(kind, str) else "no type"
        raise InvalidDataError(f"{label} has {unknown}")
    return str(kind)


def kind_of(template: str) -> str:
    """Return the type of the judge that a template asks to be."""
    return RATINGS[0] if OF_SCALE.search(template) else CHOICE


def _asked(label: str, fields: dict[str, Any]) -> tuple[list[str], list[list[Message]]]:
    """Return the questions, and the messages before each if there are any."""
    texts = _texts(label, fields.get("paraphrases", []))
    system = _text(fields.get("system", ""))
    if system is None:
        raise InvalidDataError(f'{label}: "system" must be a text')
    chats = [_chat(label, chat) for chat in _chats(label, fields.get("messages", []))]
    if len(texts) + len(chats) > MAX_PARAPHRASES:
        raise InvalidDataError(f"{label} has more than {MAX_PARAPHRASES:,} paraphrases")
    first = [Message(role="system", content=system)] if system.strip() else []
    before = [first for _ in texts] + [[*first, *chat[:-1]] for chat in chats]
    asked = texts + [chat[-1].content for chat in chats]
    return asked, before if any(before) else []


def _texts(label: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [text for each in values if (text := _text(each)) is not None]
    if len(texts) < len(values):
        raise InvalidDataError(f'{label}: "paraphrases" must be a text or a list of texts')
    return texts


def _text(value: Any) -> str | None:
    """Return a text or number as text; None for anything else."""
    return str(value) if isinstance(value, str | int | float) else None


def _chats(label: str, value: Any) -> list[Any]:
    """Return chats; a single one may stand there without a list around it."""
    if not isinstance(value, list):
        raise InvalidDataError(f'{label}: "messages" must be a list of chats')
    return [value] if value and all(isinstance(each, dict) for each in value) else value


def _chat(label: str, value: Any) -> list[Message]:
    try:
        chat = [Message.model_validate(message) for message in value]
    except (ValidationError, TypeError) as error:
        needed = "messages with a role (system, user or assistant) and a text as content"
        raise InvalidDataError(f'{label}: each chat of "messages" needs {needed}') from error
    if not chat or chat[-1].role != "user":
        raise InvalidDataError(f'{label}: each chat of "messages" must end with the user')
    return chat


def _judges(label: str, value: Any, kind: str | None) -> tuple[dict[str, str], list[Entry]]:
    """Return the names of judges, and those that are defined here.

    Args:
        label: Of the question, for messages.
        value: Names, templates or entries by key, or a list of them, or one of them.
        kind: The type of judges that are given by their template alone; None if it is to tell.
    """
    names: dict[str, str] = {}
    inline: list[Entry] = []
    for key, judge in _by_key(value):
        if (text := _text(judge)) is not None:
            names[key] = key if PLACEHOLDER in text else text
            if PLACEHOLDER in text:
                inline.append(Entry(id=key, type=kind or kind_of(text), paraphrases=[text]))
        elif isinstance(judge, dict):
            names[key] = key
            inline.append(entry_of(len(inline) + 1, judge | {"id": key}))
        else:
            raise InvalidDataError(f'{label}: the judge "{key}" is neither a name nor a template')
    return names, inline


def _by_key(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(key), judge) for key, judge in value.items() if judge is not None]
    pairs: list[tuple[str, Any]] = []
    for number, judge in enumerate(value if isinstance(value, list) else [value], 1):
        if isinstance(judge, dict) and not judge.keys() & {"paraphrases", "type"}:
            pairs += _by_key(judge)
        elif isinstance(judge, dict):
            pairs.append((str(judge.get("id", judge.get("name", f"judge {number}"))), judge))
        else:
            text = _text(judge)
            is_name = text is not None and PLACEHOLDER not in text
            pairs.append((str(text) if is_name else f"judge {number}", judge))
    return pairs


def _whole(
    label: str, fields: dict[str, Any], key: str, default: int | None, low: int, high: int
) -> Any:
    """Return a whole number between limits, or the default if it is absent."""
    if key not in fields:
        return default
    text = str(fields[key]).strip()
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise InvalidDataError(f'{label}: "{key}" must be a whole number from {low:,} to {high:,}')
    return int(text)
