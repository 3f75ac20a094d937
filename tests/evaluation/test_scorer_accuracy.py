"""Scorers without a judge on answers that were labelled by hand."""

import json

import pytest

from backend.config import DATA
from backend.evaluation.labelled_answers import answer_set, listed
from backend.evaluation.scorer_accuracy import (
    FILE,
    Measured,
    ScorerAccuracy,
    SideCount,
    accuracy_of,
    measured,
    rules_of,
)
from backend.evaluation.scorers import embedding
from backend.probes.loading import Probe, list_probes, load_probe

PROBES = [probe for probe in list_probes(DATA) if answer_set(probe.id)]


def test_all_probes_with_patterns_or_starts_have_labelled_answers() -> None:
    without = {p.id for p in list_probes(DATA) if rules_of(p)} - {p.id for p in PROBES}
    assert without == {"birds_confirmatory"}, "its questions were fixed before anybody read answers"


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_every_scorer_has_answers_of_both_sides_and_of_neither_in_both_halves(probe: Probe) -> None:
    answers = answer_set(probe.id)
    assert answers
    found = listed(answers)
    assert len(found) >= 60 and len({answer.text for answer in found}) > 0.9 * len(found)
    halves = {(answer.label, answer.is_kept) for answer in found}
    assert len(halves) == 6
    known = {prompt.id for prompt in probe.prompts}
    assert {answer.prompt for answer in found} <= known


def test_what_is_stored_is_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rules; of the embeddings one probe, since each takes seconds."""
    stored = json.loads(FILE.read_text("utf-8"))
    assert measured(load_probe("dishes_by_date"))["embedding"] == Measured(
        **stored["dishes_by_date"]["embedding"]
    ), "run `python -m data.accuracy`"
    monkeypatch.setattr(embedding, "suits", lambda probe: False)
    for probe in PROBES:
        for scorer, result in measured(probe).items():
            assert result == Measured(**stored[probe.id][scorer]), "run `python -m data.accuracy`"


def test_the_accuracy_of_other_rules_and_of_own_probes_is_not_known() -> None:
    rules = rules_of(load_probe("nineteenth_century"))["pattern"]
    assert accuracy_of("nineteenth_century", "pattern", rules)
    assert accuracy_of("nineteenth_century", "pattern", {"0"}) is None
    assert accuracy_of("gone", "pattern", rules) is None


@pytest.mark.parametrize(
    ("said", "right", "problem"),
    [
        (10, 9, None),
        (10, 8, "precision 0.80 on 40 labelled answers"),
        (4, 4, "only 4 put on one of the sides on 40 labelled answers"),
    ],
)
def test_a_scorer_that_errs_too_often_or_hardly_speaks_says_nothing(
    said: int, right: int, problem: str | None
) -> None:
    sure = SideCount(labelled=15, said=10, right=10)
    accuracy = ScorerAccuracy(
        n=40, target=sure, other=SideCount(labelled=15, said=said, right=right), unscored=3
    )
    assert accuracy.is_enough == (problem is None)
    if problem:
        assert accuracy.problem == f"not accurate enough to report: {problem}"
    else:
        assert "precision 1.00 and 0.90, recall 0.67 and 0.60" in accuracy.text
        assert "10% of those on a side left unscored" in accuracy.text
