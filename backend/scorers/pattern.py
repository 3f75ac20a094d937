"""Score a sampled answer by the probe's declared regular expressions."""

import hashlib
import re

from pydantic import BaseModel, ConfigDict

from backend.probes import Probe

NAME = "pattern"


class PatternScore(BaseModel):
    """1 for the target side, 0 for the other, None when the words don't tell."""

    model_config = ConfigDict(frozen=True)

    value: float | None
    answer: str
    explanation: str
    matched: list[str]


def fingerprint(probe: Probe) -> str:
    """Return a hash of what decides the scores, so that old scores are told from new ones."""
    return hashlib.sha256(probe.patterns.model_dump_json().encode()).hexdigest()


def score(probe: Probe, completion: str) -> PatternScore:
    """Score one completion; markers of both sides, or of none, leave it unscored."""
    target = _matches(probe.patterns.target, completion)
    other = _matches(probe.patterns.other, completion)
    matched = target + other
    if target and not other:
        value, answer = 1.0, probe.sides.target
    elif other and not target:
        value, answer = 0.0, probe.sides.other
    else:
        reason = "markers of both sides" if matched else "no marker of either side"
        return PatternScore(value=None, answer="", explanation=reason, matched=matched)
    found = "found " + ", ".join(f"“{word}”" for word in dict.fromkeys(matched))
    return PatternScore(value=value, answer=answer, explanation=found, matched=matched)


def _matches(patterns: list[str], text: str) -> list[str]:
    found = (re.finditer(pattern, text, re.IGNORECASE) for pattern in patterns)
    return [match.group(0) for matches in found for match in matches]
