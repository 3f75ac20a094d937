"""Score a sampled answer by the probe's declared regular expressions."""

from collections.abc import Sequence

from backend.evaluation.scorers.cues import Clauses
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Patterns, Sides
from backend.probes.patterns import SlowPatternError, spans_of

NAME = "pattern"


def score(
    patterns: Patterns, sides: Sides, completion: str, cues: Sequence[str] = ()
) -> ScorerResult:
    """Score one completion; it is unscored with markers of both sides or of neither.

    A marker that is negated, quoted or asked, or that stands beside one of the probe's own cues,
    counts for neither side. An answer is unscored, too, if a pattern takes too long.
    """
    try:
        clauses = Clauses(completion, cues)
        target, no_target = _matches(patterns.target, completion, clauses)
        other, no_other = _matches(patterns.other, completion, clauses)
    except SlowPatternError as error:
        return ScorerResult(explanation=f"the pattern “{error}” takes too long on this answer")
    matched, not_counted = target + other, no_target + no_other
    details = {"matched": matched, "not counted": not_counted}
    if bool(target) == bool(other):
        reason = "markers of both sides" if matched else "no marker of either side"
        if not_counted and not matched:
            reason = ", ".join(dict.fromkeys(not_counted))
        return ScorerResult(explanation=reason, details=details)
    value, answer = (1.0, sides.target) if target else (0.0, sides.other)
    explanation = "found " + ", ".join(f"“{word}”" for word in dict.fromkeys(matched))
    return ScorerResult(value=value, answer=answer, explanation=explanation, details=details)


def _matches(patterns: list[str], text: str, clauses: Clauses) -> tuple[list[str], list[str]]:
    """Return the words found that count, and why the others don't."""
    counted, others = [], []
    for start, end in (span for pattern in patterns for span in spans_of(pattern, text)):
        word = text[start:end]
        if reason := clauses.why_not(start, end):
            others.append(f"“{word}” {reason}")
        else:
            counted.append(word)
    return counted, others
