"""A host that repeats the key in what it answers does not have it shown, logged or stored."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.chat.engine_key import write_key
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.engine.gateway import build_app
from backend.errors import UserError
from backend.redaction import REDACTED, StreamRedactor, log_to_stderr, redacted
from backend.worker.failures import message_of
from tests.engine.gateway_lab import ENGINE_KEY, LAB_KEY, TRUSTED, live_gateway
from tests.scripted_host import scripted_host

KEY = "secret-key"


@pytest.fixture
def gateway(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with scripted_host() as (url, _):
        monkeypatch.setenv("HOSTED_URL", url)
        monkeypatch.setenv("HOSTED_KEY", KEY)
        monkeypatch.setenv("HOSTED_MODELS", "big=2/8")
        app = build_app(ENGINE_KEY, LAB_KEY)
        with TestClient(app, base_url="http://127.0.0.1", headers=TRUSTED) as client:
            yield client


@pytest.mark.parametrize("name", ["HOSTED_KEY", "JUDGE_KEY", "VLLM_KEY", "APP_PASSWORD"])
def test_each_secret_is_cut_and_placeholders_are_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, 'pass"word')
    assert (
        redacted('It is pass"word, in JSON "pass\\"word".') == 'It is [secret], in JSON "[secret]".'
    )
    monkeypatch.setenv(name, "none")
    assert redacted("There is none.") == "There is none."


def test_a_secret_that_contains_another_is_cut_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_KEY", "sk-12345")
    monkeypatch.setenv("JUDGE_KEY", "sk-12345-judge")
    assert redacted("sk-12345-judge, sk-12345") == "[secret], [secret]"


def test_the_engines_key_is_cut_wherever_it_comes_from(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write_key()
    assert redacted(f"Bearer {key}") == f"Bearer {REDACTED}"
    monkeypatch.setenv("ENGINE_KEY", "a key of my own")
    assert redacted("a key of my own") == REDACTED


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("question", ["400", "(echo)", "(failing)", "(spelt)"])
def test_the_engines_answer_does_not_hold_the_hosts_key(
    gateway: TestClient, stream: bool, question: str
) -> None:
    message = {"role": "user", "content": question}
    body = {"model": "big", "messages": [message], "stream": stream, "max_tokens": 9}
    answer = gateway.post("/v1/chat/completions", json=body).text
    assert KEY not in answer
    assert REDACTED in answer or (question == "(failing)" and not stream)


@pytest.mark.parametrize("question", ["400", "(echo)", "(failing)", "(spelt)"])
def test_the_chat_page_does_not_get_the_hosts_key(
    gateway: TestClient, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_gateway() as client:
        monkeypatch.setenv("ENGINE_URL", str(client.base_url).rstrip("/"))
        monkeypatch.setenv("ENGINE_KEY", ENGINE_KEY)
        reply = Reply(Column(model="big"), ChatSettings(), [{"role": "user", "content": question}])
        reply.wait()
    assert KEY not in reply.text + reply.error and REDACTED in reply.text + reply.error


def test_a_secret_in_pieces_is_cut_and_nothing_else_is_lost(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_KEY", KEY)
    stream = StreamRedactor()
    pieces = ["A sec", "ond ", "sec", "ret", "-key", " is no sec"]
    assert [stream.feed(piece) for piece in pieces] == [
        "A ",
        "second ",
        "",
        "",
        REDACTED,
        " is no ",
    ]
    assert stream.rest() == "sec" and stream.rest() == ""


def test_what_only_begins_like_a_secret_is_sent_at_the_end(gateway: TestClient) -> None:
    message = {"role": "user", "content": "(spelt)"}
    body = {"model": "big", "messages": [message], "stream": True, "max_tokens": 9}
    events = gateway.post("/v1/chat/completions", json=body).text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""] and '"content": "s"' in events[-3]


def test_messages_of_failed_jobs_and_the_log_hold_no_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOSTED_KEY", KEY)
    assert message_of(UserError(f"No room for {KEY}.")) == "No room for [secret]."
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers.clear()
    try:
        log_to_stderr()
        try:
            raise ValueError(KEY)
        except ValueError:
            logging.getLogger("worker").warning("It refused %s", KEY, exc_info=True)
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
    logged = capsys.readouterr().err
    assert "It refused [secret]" in logged and "ValueError: [secret]" in logged
    assert KEY not in logged
