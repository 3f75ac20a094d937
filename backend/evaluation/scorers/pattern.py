"""Score a sampled answer by the probe's declared regular expressions."""

from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Patterns, Sides
from backend.probes.patterns import SlowPatternError, matches_of

NAME = "pattern"


def score(patterns: Patterns, sides: Sides, completion: str) -> ScorerResult:
    """Score one completion; it is unscored with markers of both sides or of neither.

    It is also unscored if a pattern takes too long.
    """
    try:
        target = _matches(patterns.target, completion)
        other = _matches(patterns.other, completion)
    except SlowPatternError as error:
        return ScorerResult(explanation=f"the pattern “{error}” takes too long on this answer")
    matched = target + other
    if target and not other:
        value, answer = 1.0, sides.target
    elif other and not target:
        value, answer = 0.0, sides.other
    else:
        reason = "markers of both sides" if matched else "no marker of either side"
        return ScorerResult(explanation=reason, details={"matched": matched})
    explanation = "found " + ", ".join(f"“{word}”" for word in dict.fromkeys(matched))
    details = {"matched": matched}
    return ScorerResult(value=value, answer=answer, explanation=explanation, details=details)


def _matches(patterns: list[str], text: str) -> list[str]:
    return [match for pattern in patterns for match in matches_of(pattern, text)]
