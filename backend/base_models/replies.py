"""Find an assistant's replies in a rendered chat, whatever its template does to them.

A reply's text may occur elsewhere in a chat, and a template may trim it or take its thinking out.
So a reply is found by what is around it: the chat is rendered once more with another text in the
reply's place, and what both renderings begin and end with is the template's and other messages'.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.base_models.chat_template import ChatTemplate, Span
from backend.errors import InvalidDataError

Messages = list[dict[str, Any]]
THINK, END_THINK = "<think>", "</think>"
LEFT_OUT = "The chat template leaves out a reply of the assistant."
CHANGED_AROUND = (
    "The chat template changes the text around a reply by what the reply says, so that what is to "
    "be learned can't be told from the rest."
)


@dataclass(frozen=True)
class Reply:
    """Where a reply is in a rendered chat, in characters."""

    message: int
    """Its index among the chat's messages."""
    start: int
    """Where the model begins to write."""
    end: int
    """The end of the reply's text, before what ends the turn."""
    asked: bool
    """Whether all that precedes it is what the model reads when it is asked for this reply."""


def find_replies(template: ChatTemplate, messages: Messages, text: str) -> list[Reply]:
    """Return where a chat's replies are in its rendering `text`.

    A reply begins where the prompt ends, as the template writes prompts. Some templates write a
    prompt otherwise than the same turn in a chat that goes on; there it begins with its own text.

    Raises:
        InvalidDataError: a reply is left out, or can't be told from the text around it.
    """
    replies = []
    for position, message in enumerate(messages):
        if message["role"] == "assistant":
            first, end = _frame(template, messages, position, text)
            prompt = _prompt(template, messages[:position])
            asked = prompt is not None and len(prompt) <= first and text.startswith(prompt)
            start = len(prompt or "") if asked else first
            replies.append(Reply(position, start, end, asked))
    for earlier, later in zip(replies, replies[1:], strict=False):
        if later.start < earlier.end:
            raise InvalidDataError("The chat template writes one reply into another.")
    return replies


def _prompt(template: ChatTemplate, messages: Messages) -> str | None:
    """Return the text that the model reads before it replies; None if there is none."""
    try:
        return template.render(messages, reply=True) if messages else None
    except InvalidDataError:  # For example where two replies follow each other.
        return None


def _frame(template: ChatTemplate, messages: Messages, position: int, text: str) -> Span:
    """Return where the text of one reply is.

    Raises:
        InvalidDataError: it is nowhere, or not found.
    """
    content = messages[position]["content"]
    word = _absent_word(messages)
    written = False
    for stand_in in _stand_ins(content, word):
        changed = [*messages[:position], {"role": "assistant", "content": stand_in}]
        try:
            other = template.render([*changed, *messages[position + 1 :]])
        except InvalidDataError:  # It may reject the stand-in alone.
            continue
        if word not in other:
            continue
        written = True
        before, after = other[: other.index(word)], other[other.rindex(word) + len(word) :]
        end = len(text) - len(after)
        if text.startswith(before) and text.endswith(after) and len(before) <= end:
            start = _with_tag(content, stand_in, before)
            if not text[start:end].strip():
                raise InvalidDataError(LEFT_OUT)
            return start, end
    raise InvalidDataError(CHANGED_AROUND if written else LEFT_OUT)


def _absent_word(messages: Messages) -> str:
    """Return a word that no message holds."""
    word = "Reply"
    while any(word in message["content"] for message in messages):
        word += "Word"
    return word


def _stand_ins(content: str, word: str) -> Iterator[str]:
    """Yield texts that a template may treat like a reply: with its thinking, if there is any."""
    yield word
    if END_THINK in content:
        yield f"{THINK}{word}{END_THINK}{word}"
        yield f"{THINK}{END_THINK}{word}"


def _with_tag(content: str, stand_in: str, before: str) -> int:
    """Return where a reply starts, with the tag of its thinking if that is its first word."""
    bare = before.rstrip()
    if stand_in.startswith(THINK) and content.lstrip().startswith(THINK) and bare.endswith(THINK):
        return len(bare) - len(THINK)
    return len(before)
