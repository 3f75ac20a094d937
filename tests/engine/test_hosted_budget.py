"""The budget for hosted models can't be overrun: a gateway over real HTTP, and a scripted host."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from backend.hosted.bookings import MAX_TOKENS, Booking
from backend.hosted.budget import spent
from backend.hosted.prices import HostedModel
from tests.engine.gateway_lab import live_gateway
from tests.processes import wait_until
from tests.scripted_host import LONGEST, Host, scripted_host

PRICE = 9.0
"""Dollars for a million tokens of an answer; a prompt costs nothing."""


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Host]]:
    with scripted_host() as (url, own):
        monkeypatch.setenv("HOSTED_URL", url)
        monkeypatch.setenv("HOSTED_KEY", "secret-key")
        monkeypatch.setenv("HOSTED_MODELS", f"big=0/{PRICE}")
        monkeypatch.setenv("HOSTED_BUDGET", "0.05")
        yield own


def ask(client: httpx.Client, question: str, **options: object) -> httpx.Response:
    message = {"role": "user", "content": question}
    body = {"model": "big", "messages": [message]} | options
    return client.post("chat/completions", json=body)


def dollars(tokens: int) -> float:
    return pytest.approx(tokens * PRICE / 1e6)


def test_a_request_without_a_limit_gets_one(host: type[Host]) -> None:
    with live_gateway() as client:
        while (answer := ask(client, "Ramble.")).is_success:
            pass
    assert answer.status_code == 402 and "$0.05, is used up" in answer.text
    assert all(body["max_tokens"] == MAX_TOKENS for _, body in host.seen)
    assert len(host.seen) == int(0.05 / (MAX_TOKENS * PRICE / 1e6))
    assert spent() == dollars(MAX_TOKENS * len(host.seen)) and spent() <= 0.05
    assert LONGEST * PRICE / 1e6 > 0.05


def test_the_higher_of_two_limits_is_booked_for_every_answer(host: type[Host]) -> None:
    limits = {"max_tokens": 10, "max_completion_tokens": 300, "n": 2}
    with live_gateway() as client:
        assert ask(client, "(untold)", **limits).is_success
    assert spent() == dollars(600)


def test_a_request_that_its_client_leaves_is_booked_at_its_most(host: type[Host]) -> None:
    limit = 2000  # Two of these fit into the budget.
    with live_gateway() as client:
        for number in (1, 2):
            with pytest.raises(httpx.ReadTimeout):
                body = {"model": "big", "max_tokens": limit}
                body |= {"messages": [{"role": "user", "content": "(silent)"}]}
                client.post("chat/completions", json=body, timeout=2)
            assert len(host.seen) == number
        assert spent() == dollars(2 * limit)
        assert ask(client, "Go on.", max_tokens=limit).status_code == 402
    # It still counts for a gateway that starts later.
    with live_gateway() as client:
        assert ask(client, "Go on.", max_tokens=limit).status_code == 402
    assert len(host.seen) == 2


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_breaks_off_is_booked_at_its_most(host: type[Host], stream: bool) -> None:
    with live_gateway() as client:
        answer = ask(client, "(half)", stream=stream, max_tokens=2000)
        assert "stopped before its answer" in answer.text or answer.status_code == 502
        assert spent() == dollars(2000)


def test_a_stream_that_its_client_cuts_is_booked_at_its_most(host: type[Host]) -> None:
    body = {"model": "big", "stream": True, "max_tokens": 2000}
    body |= {"messages": [{"role": "user", "content": "(half)"}]}
    with live_gateway() as client:
        with client.stream("POST", "chat/completions", json=body) as answer:
            assert next(answer.iter_lines()).startswith("data: ")
        assert spent() == dollars(2000)


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_without_usage_is_booked_at_its_most(host: type[Host], stream: bool) -> None:
    with live_gateway() as client:
        assert ask(client, "(untold)", stream=stream, max_tokens=2000).is_success
    assert spent() == dollars(2000)


def test_simultaneous_requests_add_up(host: type[Host]) -> None:
    with live_gateway() as client, ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(ask, client, "(silent)", max_tokens=2000) for _ in range(6)]
        wait_until(lambda: sum(one.done() for one in asking) == 4)
        host.released.set()
        statuses = sorted(one.result().status_code for one in asking)
    assert statuses == [200, 200, 402, 402, 402, 402] and len(host.seen) == 2
    assert spent() == dollars(2 * 500)


@pytest.mark.parametrize(("status", "booked"), [(429, 0), (500, 0), (302, 0), (504, 2000)])
def test_a_refusal_costs_nothing_unless_the_host_may_still_answer(
    host: type[Host], status: int, booked: int
) -> None:
    with live_gateway() as client:
        assert ask(client, str(status), max_tokens=2000).status_code >= 400
    assert spent() == dollars(booked)


def test_a_host_that_is_not_reached_costs_nothing(
    host: type[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_URL", "http://127.0.0.1:9/v1")
    with live_gateway() as client:
        assert ask(client, "Go on.", max_tokens=2000).status_code == 502
    assert spent() == 0


def test_bookings_of_several_processes_add_up(host: type[Host]) -> None:
    judge = HostedModel(name="judge", input_price=0.0, output_price=PRICE)
    Booking(judge, json.loads('{"max_tokens": 5000}'), "judge")  # As a worker's child does.
    with live_gateway() as client:
        assert ask(client, "Go on.", max_tokens=2000).status_code == 402
        assert ask(client, "Go on.", max_tokens=500).is_success
    assert spent() == dollars(5500)
