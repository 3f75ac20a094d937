"""The budget for hosted models: reserved while a request runs, and told in one sentence."""

from pathlib import Path

import pytest
from openai.types import CompletionUsage

from backend.errors import UserError
from backend.hosted.budget import cost_text, spent
from backend.hosted.judge_budget import JudgeBudget
from backend.hosted.prices import HostedModel

MODEL = HostedModel(name="wise", input_price=0.0, output_price=1e6)
"""A dollar for each token of an answer."""
USED = CompletionUsage(prompt_tokens=9, completion_tokens=2, total_tokens=11)


def test_a_request_reserves_its_highest_cost_and_books_what_it_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_BUDGET", "5")
    budget = JudgeBudget(MODEL)

    def request() -> tuple[str, CompletionUsage]:
        with pytest.raises(UserError, match="is used up"):
            budget.pay(3, 3, lambda: ("never sent", None))
        return "yes", USED

    assert budget.pay(3, 3, request) == "yes" and spent() == 2
    assert budget.pay(3, 3, lambda: ("again", None)) == "again" and spent() == 2


def test_a_failed_request_gives_its_reservation_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_BUDGET", "5")
    budget = JudgeBudget(MODEL)
    with pytest.raises(ZeroDivisionError):
        budget.pay(3, 5, lambda: (1 // 0, None))
    assert budget.pay(3, 5, lambda: ("yes", None)) == "yes" and spent() == 0


def test_costs_are_told_in_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cost_text(1.5, "wise") == (
        "At most $1.50; spent or reserved so far: $0.00, no budget is set."
    )
    monkeypatch.setenv("HOSTED_BUDGET", "5")
    assert cost_text(1.5, "wise", " per run") == (
        "At most $1.50 per run; spent or reserved so far: $0.00 of $5.00."
    )
    assert "HOSTED_MODELS as wise=input/output dollars" in cost_text(None, "wise")
