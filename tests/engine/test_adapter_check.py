from pathlib import Path

import pytest

from backend.engine.adapter_check import (
    TOLERANCE,
    Differences,
    Position,
    TopLogprobs,
    compare,
    delete_failed_checks,
    failed_check,
    read_reference,
    spread,
    store,
    verdict,
)
from backend.errors import InvalidDataError
from backend.runs.queries import engine_check
from tests.example_runs import finished_run


def test_agreement_passes_and_says_by_how_much() -> None:
    passed, message = verdict(Differences(adapter=0.1, base=0.1, applied=2, torch_applied=2))
    assert passed
    assert "0.10 nats" in message


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Differences(2.9, 0.1, 0, 3), "does not apply the adapter"),
        (Differences(TOLERANCE + 0.1, 0.1, 2, 2), "with the adapter"),
        (Differences(0.1, TOLERANCE + 0.1, 2, 2), "on the base model"),
        (Differences(float("nan"), 0.1, 2, 2), "with the adapter"),
    ],
)
def test_disagreement_is_refused(found: Differences, reason: str) -> None:
    passed, message = verdict(found)
    assert not passed
    assert reason in message


def test_another_chat_template_is_refused() -> None:
    assert not verdict(Differences(0, 0, 1, 1), tokens_agree=False)[0]


def test_an_adapter_that_changes_nothing_in_torch_may_change_nothing_here() -> None:
    assert verdict(Differences(0.1, 0.1, 0, 0))[0]


def test_tokens_too_unlikely_to_be_listed_count_as_the_last_one_listed() -> None:
    place = Position(tokens=[1], next=[5, 6], adapter=[-1, -20], base=[-2, -30])
    adapted, plain = TopLogprobs({5: -1.5, 9: -8}), TopLogprobs({5: -2, 9: -8})
    assert compare([place], [adapted], [plain]) == Differences(0.25, 0, 0.25, 0.5)


def test_positions_are_spread_over_the_reference() -> None:
    places = [Position(tokens=[i], next=[1], adapter=[0], base=[0]) for i in range(24)]
    assert [place.tokens[0] for place in spread(places)] == [0, 3, 6, 9, 12, 15, 18, 21]
    assert spread(places[:2]) == places[:2]


def test_a_missing_or_broken_reference_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="missing"):
        read_reference(tmp_path / "reference.json")
    (tmp_path / "reference.json").write_text('{"positions": []}')
    with pytest.raises(InvalidDataError, match="damaged"):
        read_reference(tmp_path / "reference.json")


def test_what_was_refused_is_tried_again_by_the_next_engine_and_what_passed_is_not(
    home: Path,
) -> None:
    refused, passed = finished_run(), finished_run(seed=2)
    store(failed_check(refused.id, "0", "The adapter could not be checked."))
    store(failed_check(passed.id, "0", "").model_copy(update={"passed": True}))
    delete_failed_checks()
    assert engine_check(refused.id) is None and engine_check(passed.id) is not None
