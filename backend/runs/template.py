"""Read a dataset's rows by a base model's tokenizer and chat template, and check the template.

Somebody else may have written both, so pages have it done in a child process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.base_models.chat_template import dates_text
from backend.base_models.tokenizer import ChatTokenizer, ReadChat, TokenRow
from backend.datasets.loading import Example, are_documents

SHOWN = 60
"""Characters of a learned text in a message."""


class Check(BaseModel):
    """One check and its outcome in a sentence."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    text: str
    caution: bool = False
    """Whether it has passed, but says what a reader may not expect."""


class Token(BaseModel):
    """A token as text, and whether it counts in the loss."""

    model_config = ConfigDict(frozen=True)

    text: str
    trained: bool


class Reading(BaseModel):
    """What a dataset is to a base model."""

    model_config = ConfigDict(frozen=True)

    tokens: int
    """Of all rows."""
    trained_tokens: int
    first: list[Token]
    """The first row."""
    checks: list[Check]


def read_rows(
    folder: Path,
    title: str,
    arguments: dict[str, Any],
    examples: list[dict[str, Any]],
    context: int,
) -> Reading:
    """Tokenise a dataset's rows and check the chat template.

    Args:
        folder: Of the tokenizer.
        title: The base model's.
        arguments: Extra arguments of the chat template.
        examples: The rows as plain data.
        context: Most tokens of a row.

    Raises:
        UserError: the tokenizer can't be read, or its template rejects a row.
    """
    tokenizer = ChatTokenizer(folder, arguments, title)
    known = [Example.model_validate(row) for row in examples]
    chats = tokenizer.read_all(example.as_dicts() for example in known)
    rows = [chat.row for chat in chats]
    checks = [] if are_documents(known) else template_checks(tokenizer, known, chats)
    pairs = zip(rows[0].ids, rows[0].trained, strict=True)
    return Reading(
        tokens=sum(len(row.ids) for row in rows),
        trained_tokens=sum(sum(row.trained) for row in rows),
        first=[Token(text=tokenizer.text_of(token), trained=flag) for token, flag in pairs],
        checks=[*checks, _fits(rows, context)],
    )


def _fits(rows: Sequence[TokenRow], context: int) -> Check:
    return _check(
        f"Every row fits the base model's {context:,} tokens.",
        f"there are more than {context:,} tokens",
        [len(row.ids) <= context for row in rows],
    )


def template_checks(
    tokenizer: ChatTokenizer, examples: Sequence[Example], chats: Sequence[ReadChat]
) -> list[Check]:
    """Check that training reads the prompts that the model will be asked, and learns the replies.

    Args:
        tokenizer: The base model's.
        examples: Chats as they are in the dataset.
        chats: The same as they are to be trained.
    """
    rows = Rows(examples, chats)
    checks = [
        _check(
            "Every reply follows the tokens that the model reads when it is asked for it.",
            "the last reply follows other tokens than the model reads when it is asked for it",
            rows.which(partial(_follows_prompt, tokenizer)),
        ),
        _check(
            "Training learns every token of the replies, and no other tokens.",
            "the learned tokens are not the reply",
            rows.which(partial(_is_reply, tokenizer)),
            [_shown(tokenizer, chat.row) for chat in chats],
        ),
        _check(
            "Every reply ends with the end-of-turn token, so the model learns to stop.",
            "the reply has no end-of-turn token",
            rows.which(partial(_has_end, tokenizer)),
        ),
    ]
    return [check for check in [*checks, *_rarer_checks(tokenizer, rows)] if check.text]


@dataclass(frozen=True)
class Rows:
    """Examples and how a base model reads them."""

    examples: Sequence[Example]
    chats: Sequence[ReadChat]

    def which(self, passes: Callable[[Example, ReadChat], bool]) -> list[bool]:
        """Return whether each row passes; a document, which has no replies, does."""
        pairs = zip(self.examples, self.chats, strict=True)
        return [not chat.replies or passes(example, chat) for example, chat in pairs]


def _rarer_checks(tokenizer: ChatTokenizer, rows: Rows) -> list[Check]:
    """Return checks of what few datasets and templates do; without a text if they do not."""
    return [
        _check(
            "",
            "the template leaves out or changes a message that is no reply",
            rows.which(_has_messages),
        ),
        _check(
            "",
            "a reply spells a special token, which is then trained as one",
            rows.which(lambda example, _: not any(map(tokenizer.special_in, example.replies))),
        ),
        _check(
            "",
            "the template writes an earlier turn otherwise than when the model is asked for it",
            rows.which(lambda _, chat: all(reply.asked for reply in chat.replies[:-1])),
        ).model_copy(update={"passed": True, "caution": True}),
        _dates(tokenizer.dates()),
    ]


def _dates(dates: Sequence[str]) -> Check:
    """Return the note of the dates that a template writes by itself."""
    return Check(passed=True, caution=True, text=dates_text(dates) if dates else "")


def _follows_prompt(tokenizer: ChatTokenizer, example: Example, chat: ReadChat) -> bool:
    """Whether a chat begins with the tokens that the model reads before its last reply."""
    if not chat.replies[-1].asked:
        return False
    prompt = tokenizer.prompt_ids(example.as_dicts()[:-1])
    return chat.row.ids[: len(prompt)] == prompt


def _has_messages(example: Example, chat: ReadChat) -> bool:
    """Whether a rendered chat holds all that is said to the model."""
    text = _words(chat.text)
    return all(_words(m.content) in text for m in example.messages if m.role != "assistant")


def _learned(row: TokenRow) -> list[list[int]]:
    """Return the tokens of each contiguous part that is trained."""
    parts = groupby(zip(row.trained, row.ids, strict=True), key=lambda pair: pair[0])
    return [[token for _, token in part] for trained, part in parts if trained]


def _is_reply(tokenizer: ChatTokenizer, example: Example, chat: ReadChat) -> bool:
    """Whether the learned tokens say what the replies do, but for spaces and the end of turns."""
    texts = [_words(_text(tokenizer, part)) for part in _learned(chat.row)]
    return texts == [_words(reply) for reply in example.replies]


def _has_end(tokenizer: ChatTokenizer, _: Example, chat: ReadChat) -> bool:
    return all(tokenizer.ends_turn(part[-1]) for part in _learned(chat.row))


def _text(tokenizer: ChatTokenizer, part: list[int]) -> str:
    return tokenizer.text_of(*(part[:-1] if tokenizer.ends_turn(part[-1]) else part))


def _words(text: str) -> str:
    return "".join(text.split())


def _shown(tokenizer: ChatTokenizer, row: TokenRow) -> str:
    """Return the beginning of the last text that a row teaches."""
    text = " ".join(_text(tokenizer, part) for part in _learned(row)[-1:])
    shown = " ".join(text.split())
    return f", where “{shown[:SHOWN]}{'…' if len(shown) > SHOWN else ''}” is learned"


def _check(success: str, fault: str, rows: list[bool], notes: Sequence[str] = ()) -> Check:
    """Return whether all rows pass; otherwise name the number of faults and the first row.

    Args:
        success: What is told if all pass.
        fault: What is told of the others.
        rows: Whether each row passes.
        notes: What is told of each row that is the first fault.
    """
    bad = rows.count(False)
    if not bad:
        return Check(passed=True, text=success)
    first = rows.index(False)
    where = f"row {first + 1:,}{notes[first] if notes else ''}"
    text = f"In {bad:,} of {len(rows):,} rows {fault}; the first is {where}."
    return Check(passed=False, text=text)
