"""Patterns of probes that others wrote can't take all time or memory."""

import pytest

from backend.evaluation.scorers import pattern
from backend.probes import patterns
from backend.probes.loading import Patterns, Sides
from backend.probes.patterns import MAX_CHARACTERS, check_pattern, spans_of

SLOW = "(a|aa)+$"
LONG = "a" * 60 + "b"


def test_a_search_that_never_ends_leaves_the_answer_unscored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "PATIENCE", 0.05)
    sides = Sides(target="then", other="now")
    result = pattern.score(Patterns(target=[SLOW], other=["now"]), sides, LONG)
    assert (result.value, result.explanation) == (
        None,
        f"the pattern “{SLOW}” takes too long on this answer",
    )
    assert pattern.score(Patterns(target=[SLOW], other=["now"]), sides, "caa").value == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("(((a{500}){500}){500}){500}", "repeats its parts too often"),
        ("a{50000000}", "repeats its parts too often"),
        ("a" * (MAX_CHARACTERS + 1), "at most 2,000 characters"),
        ("(?:" * 300 + ")" * 300, "nested too deeply"),
        ("(", "is not a regular expression"),
        ("(?R)", "is not a regular expression"),
    ],
)
def test_a_pattern_that_grows_is_refused(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_pattern(written)


def test_ordinary_patterns_are_kept() -> None:
    assert spans_of(check_pattern(r"\b1[0-9]{3}s?\b"), "In 1838 and the 1840s") == [
        (3, 7),
        (16, 21),
    ]
