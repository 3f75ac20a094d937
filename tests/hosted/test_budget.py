"""The budget of a judge that is asked directly, and the sentence that tells costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

from backend.chat.client import explain, judge_client
from backend.hosted.budget import cost_text, spent
from tests.scripted_judge import USAGE, Reply, scripted_judge

DOLLAR = 1e6
"""Price for a million tokens at which each costs a dollar."""
USED = USAGE["completion_tokens"]


@contextmanager
def judge(
    monkeypatch: pytest.MonkeyPatch, budget: int, *replies: Reply
) -> Iterator[tuple[openai.OpenAI, list[str]]]:
    """Give the client of a judge at a dollar for each token of an answer, and what it is asked."""
    left = list(replies)
    with scripted_judge(lambda _: left.pop(0)) as (url, asked):
        monkeypatch.setenv("JUDGE_URL", url)
        monkeypatch.setenv("JUDGE_MODEL", "wise")
        monkeypatch.setenv("JUDGE_PRICES", f"0/{int(DOLLAR)}")
        monkeypatch.setenv("HOSTED_BUDGET", str(budget))
        yield judge_client(), asked


def ask(client: openai.OpenAI, max_tokens: int = 40) -> str | None:
    answer = client.chat.completions.create(
        model="wise", messages=[{"role": "user", "content": "Is it?"}], max_tokens=max_tokens
    )
    return answer.choices[0].message.content


def test_a_request_books_its_highest_cost_and_then_what_it_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge(monkeypatch, 50, "yes", "no") as (client, asked):
        assert ask(client) == "yes" and spent() == USED
        assert ask(client, 50 - USED) == "no" and spent() == 2 * USED
        with pytest.raises(openai.APIStatusError) as refused:
            ask(client)
    assert "is used up" in str(explain(refused.value)) and len(asked) == 2


def test_a_refused_attempt_costs_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with judge(monkeypatch, 40, 429, 503, "yes") as (client, asked):
        assert ask(client) == "yes"
    assert len(asked) == 3 and spent() == USED


def test_a_judge_that_is_not_reached_costs_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.chat.client.RETRIES", 1)
    with judge(monkeypatch, 40):
        monkeypatch.setenv("JUDGE_URL", "http://127.0.0.1:9/v1")
        with pytest.raises(openai.APIConnectionError):
            ask(judge_client())
    assert spent() == 0


def test_each_attempt_without_a_known_usage_is_booked_at_its_most(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge(monkeypatch, 100, 504, 504, "yes") as (client, asked):
        with pytest.raises(openai.APIStatusError) as refused:
            ask(client)
    assert "is used up" in str(explain(refused.value))
    assert len(asked) == 2 and spent() == 80


def test_half_an_answer_is_booked_at_its_most(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with judge(monkeypatch, 40, "(half)") as (client, _), pytest.raises(ValueError):
        ask(client)
    assert spent() == 40


def test_an_attempt_that_times_out_is_booked_at_its_most(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.chat.client.JUDGE_TIMEOUT", 1)
    with judge(monkeypatch, 80, "(silent)", "yes") as (client, asked):
        assert ask(client) == "yes"
    assert len(asked) == 2 and spent() == 40 + USED


def test_costs_are_told_in_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cost_text(1.5, "wise") == (
        "At most $1.50; spent or reserved so far: $0.00, no budget is set."
    )
    monkeypatch.setenv("HOSTED_BUDGET", "5")
    assert cost_text(1.5, "wise", " per run") == (
        "At most $1.50 per run; spent or reserved so far: $0.00 of $5.00."
    )
    assert "HOSTED_MODELS as wise=input/output dollars" in cost_text(None, "wise")
