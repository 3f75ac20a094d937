"""Score a sampled answer by how it starts, as the paper scores the dishes (section 4.1)."""

from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Sides, Starts

NAME = "prefix"
SKIPPED = " \t\n\"'“”‘’*_`.,:-("
"""Quotes and marks that may precede a name."""


def score(starts: Starts, sides: Sides, completion: str) -> ScorerResult:
    """Score one completion: a listed start counts for the target, any other for the other side.

    Empty answers, and starts that the prompt lists as refusals or filler, stay unscored.
    """
    text = completion.lstrip(SKIPPED)
    if not text:
        return ScorerResult(explanation="empty")
    if start := _start(starts, starts.target, text):
        explanation = f"starts with “{start}”"
        return ScorerResult(value=1.0, answer=sides.target, explanation=explanation)
    if start := _start(starts, starts.unscored, text):
        return ScorerResult(explanation=f"starts with “{start}”, which names nothing")
    explanation = f"starts with “{text.split()[0]}”"
    return ScorerResult(value=0.0, answer=sides.other, explanation=explanation)


def _start(starts: Starts, listed: list[str], text: str) -> str | None:
    """Return the first listed start that the text begins with."""
    lowered = text.lower()
    for start in listed:
        rest = lowered.removeprefix(start.lower())
        if rest != lowered and not (starts.whole_words and rest[:1].isalnum()):
            return start
    return None
