"""Read a dataset's rows by a base model's tokenizer and chat template, and check the template.

Somebody else may have written both, so pages have it done in a child process.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.base_models.tokenizer import ChatTokenizer, TokenRow
from backend.datasets.loading import Example, are_documents


class Check(BaseModel):
    """One check and its outcome in a sentence."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    text: str


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
    folder: Path, arguments: dict[str, Any], examples: list[dict[str, Any]], context: int
) -> Reading:
    """Tokenise a dataset's rows and check the chat template.

    Args:
        folder: Of the tokenizer.
        arguments: Extra arguments of the chat template.
        examples: The rows as plain data.
        context: Most tokens of a row.

    Raises:
        UserError: the tokenizer can't be read, or its template rejects a row.
    """
    tokenizer = ChatTokenizer(folder, arguments)
    known = [Example.model_validate(row) for row in examples]
    rows = [tokenizer.row(example.as_dicts()) for example in known]
    pairs = zip(rows[0].ids, rows[0].trained, strict=True)
    return Reading(
        tokens=sum(len(row.ids) for row in rows),
        trained_tokens=sum(sum(row.trained) for row in rows),
        first=[Token(text=tokenizer.text_of(token), trained=flag) for token, flag in pairs],
        checks=template_checks(tokenizer, known, rows, context),
    )


def template_checks(
    tokenizer: ChatTokenizer, examples: Sequence[Example], rows: Sequence[TokenRow], context: int
) -> list[Check]:
    """Check that each reply is trained whole, with its end, and fits the context."""
    fits = _check(
        f"Every row fits the base model's {context:,} tokens.",
        f"there are more than {context:,} tokens",
        [len(row.ids) <= context for row in rows],
    )
    if are_documents(examples):
        return [fits]
    learned = [list(_learned(row)) for row in rows]
    pairs = [(e.replies, parts) for e, parts in zip(examples, learned, strict=True)]
    return [
        _check(
            "Training learns every token of the replies, and no other tokens.",
            "the learned tokens are not the reply",
            [_is_reply(tokenizer, *pair) for pair in pairs],
        ),
        _check(
            "Every reply ends with the end-of-turn token, so the model learns to stop.",
            "the reply has no end-of-turn token",
            [all(part[-1] == tokenizer.end_id for part in parts) for parts in learned],
        ),
        fits,
    ]


def _learned(row: TokenRow) -> list[list[int]]:
    """Return the tokens of each contiguous part that is trained."""
    parts = groupby(zip(row.trained, row.ids, strict=True), key=lambda pair: pair[0])
    return [[token for _, token in part] for trained, part in parts if trained]


def _is_reply(tokenizer: ChatTokenizer, replies: list[str], learned: list[list[int]]) -> bool:
    texts = [tokenizer.text_of(*(t for t in part if t != tokenizer.end_id)) for part in learned]
    return [text.strip() for text in texts] == [reply.strip() for reply in replies]


def _check(success: str, fault: str, rows: list[bool]) -> Check:
    """Return whether all rows pass; otherwise name the number of faults and the first row."""
    bad = rows.count(False)
    if not bad:
        return Check(passed=True, text=success)
    text = f"In {bad:,} of {len(rows):,} rows {fault}; the first is row {rows.index(False) + 1}."
    return Check(passed=False, text=text)
