"""How a reply ends when the engine is silent, breaks off or is told to stop."""

import json
import socket
import threading
from typing import Any

import pytest

from backend.chat.streaming import ChatSettings, Column, Reply
from tests.processes import wait_until
from tests.scripted_engine import ScriptedEngine, scripted_engine

HELLO = [{"role": "user", "content": "Hello"}]


def test_a_reply_grows_to_its_end(engine: type[ScriptedEngine]) -> None:
    reply = Reply(Column(model="run", scale=0.5, is_run=True), ChatSettings(seed=7), HELLO)
    reply.wait()
    assert (reply.text, reply.tokens, reply.finish_reason) == ("By steamship.", 3, "stop")
    sent = engine.requests[0]
    assert (sent["adapter_scale"], sent["seed"], sent["stream"]) == (0.5, 7, True)


def test_a_stopped_reply_keeps_its_text_and_frees_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scripted_engine(endless=True) as (url, own):
        monkeypatch.setenv("ENGINE_URL", url)
        reply = Reply(Column(model="run"), ChatSettings(), HELLO)
        wait_until(lambda: reply.tokens > 3)
        reply.stop()
        reply.wait()
        assert reply.text.startswith("By steamship.By") and reply.finish_reason == "stopped"
        assert own.gone.wait(60)


def test_an_error_of_the_engine_is_its_one_sentence(engine: type[ScriptedEngine]) -> None:
    reply = Reply(Column(model="broken"), ChatSettings(), HELLO)
    reply.wait()
    assert reply.error == "The adapter is broken."


def test_a_reply_that_breaks_off_keeps_its_text_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = {"choices": [{"index": 0, "delta": {"content": "By steam"}, "finish_reason": None}]}

    def broken(self: Any) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", "10000")
        self.end_headers()
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    with scripted_engine() as (url, own):
        monkeypatch.setattr(own, "do_POST", broken)
        monkeypatch.setenv("ENGINE_URL", url)
        reply = Reply(Column(model="m"), ChatSettings(), HELLO)
        reply.wait()
    assert reply.text == "By steam"
    assert reply.error == "The engine stopped before its answer was complete. Try again."


def test_a_column_keeps_its_own_history_and_prefix() -> None:
    column = Column(model="m", prefix="Year: 1984.")
    sent = column.messages("Be brief.", [("One?", "1")], "Two?")
    assert [m["content"] for m in sent] == [
        "Be brief.",
        "Year: 1984. One?",
        "1",
        "Year: 1984. Two?",
    ]


@pytest.mark.parametrize("begun", [True, False])
def test_stop_ends_a_reply_that_has_no_token_yet(
    monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    asked, free = threading.Event(), threading.Event()

    def silent(self: Any) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if begun:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
        asked.set()
        free.wait(60)

    with scripted_engine() as (url, own):
        monkeypatch.setattr(own, "do_POST", silent)
        monkeypatch.setenv("ENGINE_URL", url)
        reply = Reply(Column(model="m"), ChatSettings(), HELLO)
        assert asked.wait(60)
        reply.stop()
        wait_until(lambda: not reply.running)
        free.set()
    assert (reply.text, reply.error, reply.finish_reason) == ("", "", "stopped")


def test_an_engine_that_dies_in_mid_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(self: Any) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        event = b'data: {"choices":[{"index":0,"delta":{"content":"By "}}]}\n\n'
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.close_connection = True

    with scripted_engine() as (url, own):
        monkeypatch.setattr(own, "do_POST", half)
        monkeypatch.setenv("ENGINE_URL", url)
        reply = Reply(Column(model="m"), ChatSettings(), HELLO)
        reply.wait()
    assert reply.text == "By " and reply.error.endswith(".")


def test_one_failing_column_leaves_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_engine() as (url, _):
        monkeypatch.setenv("ENGINE_URL", url)
        bad, good = (Reply(Column(model=m), ChatSettings(), HELLO) for m in ("broken", "run"))
        bad.wait()
        good.wait()
    assert bad.error and not bad.text
    assert good.text == "By steamship." and not good.error


def test_a_failed_turn_is_left_out_of_the_history() -> None:
    sent = Column(model="m").messages("", [("One?", ""), ("Two?", "2")], "Three?")
    assert [message["content"] for message in sent] == ["Two?", "2", "Three?"]
