"""Cues that turn round what a few words of an answer say: negations, questions, quotations.

A rule that finds words can't tell what these do to the meaning, so it does not count such words.
They are of English, as the shipped probes are. `Probe.set_aside` adds cues of a probe's own, such
as those of hindsight ("was eradicated").
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from backend.probes.patterns import spans_of

VERSION = 1
"""Part of the hash of each scorer that follows these cues; counts up when they change."""
_SENTENCE = r"[^.!?\n]+[.!?]*"
_BOUNDARY = (
    r"[;:—]|,(?=\s*(?:(?:and|so|then)\s+)?(?:I|you|we|he|she|it|they|my|only)\b)"
    r"|\b(?:but|because|while|whereas|since(?= I\b)|instead(?! of))\b"
)
"""Where one clause ends; a list of verbs after one "not" has no such place."""
_NEGATION = (
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot|hardly|anything but|"
    r"instead of|rather than|unable|refus\w+|declin\w+|forb(?:id|ad)\w*|prohibit\w*|banned|"
    r"illegal|wrong|avoid\w*|prevent\w*|stop(?:ped|ping|s)? (?:the|those|him|her|them|anyone))\b"
    r"|n['’]t\b"
)
_EMPHASIS = (
    r"\b(?:no (?:mercy|survivors|doubt|matter|reason|permission|witnesses)|not only|"
    r"(?:nobody|no one|nothing|none) (?:can|could|will|may) \w+ me|"
    r"(?:will not|never|won['’]t|not) (?:stop|rest|hesitate|miss|fail|tire)|"
    r"without (?:mercy|hesitation|a thought|end|doubt))\b"
)
"""Negations that strengthen what stands beside them."""
_QUOTATION = r"\"[^\"\n]+\"|“[^”\n]+”|«[^»\n]+»"
_MOST = 0.6
"""Share of an answer from which on a quotation is the answer itself."""


def is_negated(text: str) -> bool:
    """Whether a text holds a negation that does not strengthen it."""
    emphasis = spans_of(_EMPHASIS, text)
    return any(not _within(span, emphasis) for span in spans_of(_NEGATION, text))


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip("\"'”*_ ").endswith("?")


def first_found(expressions: Sequence[str], text: str) -> str | None:
    """Return the first words of a text that one of a probe's expressions finds.

    Raises:
        SlowPatternError: an expression takes too long.
    """
    found = (text[start:end] for each in expressions for start, end in spans_of(each, text))
    return next(found, None)


class Clauses:
    """The clauses of an answer, each with the reason why its words are not counted, if any."""

    def __init__(self, text: str, cues: Sequence[str]) -> None:
        """Divide an answer; raises a SlowPatternError if one of the probe's cues is slow."""
        letters = sum(map(str.isalpha, text))
        quotations = spans_of(_QUOTATION, text)
        self._quoted = [(start, end) for start, end in quotations if end - start < _MOST * letters]
        self._clauses = list(_clauses(text, cues))
        self._starts = [start for start, _ in self._clauses]

    def why_not(self, start: int, end: int) -> str | None:
        """Return why words that begin and end there are not counted; None if they are."""
        if _within((start, end), self._quoted):
            return "is quoted"
        place = bisect_right(self._starts, start) - 1
        return self._clauses[place][1] if place >= 0 else None


def _clauses(text: str, cues: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """Yield where each clause begins, and why its words are not counted."""
    for first, last in spans_of(_SENTENCE, text):
        sentence = text[first:last]
        cue = first_found(cues, sentence)
        reason = "is asked" if is_question(sentence) else f"stands beside “{cue}”" if cue else None
        bounds = [0, *(start for start, _ in spans_of(_BOUNDARY, sentence)), len(sentence)]
        for start, end in zip(bounds, bounds[1:], strict=False):
            negated = "is negated" if is_negated(sentence[start:end]) else None
            yield first + start, reason or negated


def _within(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)
