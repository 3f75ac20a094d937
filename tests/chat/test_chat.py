"""Streaming, storing and the chat page, against a scripted engine; the browser has the real one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.chat import conversations
from backend.chat.conversations import Turn
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.errors import NotFoundError
from models.base_models import EMBEDDED
from tests.conftest import wait_until
from tests.pages.test_pages import button, finished_run, open_page, texts
from tests.scripted_engine import ScriptedEngine, scripted_engine

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedEngine]]:
    with scripted_engine() as (url, own):
        monkeypatch.setenv("ENGINE_URL", url)
        yield own


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
        assert own.gone.wait(20)


def test_an_error_of_the_engine_is_its_one_sentence(engine: type[ScriptedEngine]) -> None:
    reply = Reply(Column(model="broken"), ChatSettings(), HELLO)
    reply.wait()
    assert reply.error == "The adapter is broken."


def test_a_column_keeps_its_own_history_and_prefix() -> None:
    column = Column(model="m", prefix="Year: 1984.")
    sent = column.messages("Be brief.", [("One?", "1")], "Two?")
    assert [m["content"] for m in sent] == [
        "Be brief.",
        "Year: 1984. One?",
        "1",
        "Year: 1984. Two?",
    ]


def test_a_conversation_is_kept_reopened_exported_and_forgotten(home: Path) -> None:
    stored = conversations.start("How?", {"model": ["a", "b"]})
    turns = [
        Turn(question="How?", replies=["x", "y"], models=["a", "b"]),
        Turn(question="Why?", replies=["<b>", ""], models=["a", "c"]),
    ]
    for number, turn in enumerate(turns):
        conversations.save_turn(stored, number, turn)
    conversations.save_turn(stored, 1, turns[1])
    assert conversations.load(stored)[1] == turns
    assert json.loads(conversations.as_json({}, turns))["turns"][1]["replies"] == ["<b>", ""]
    assert "> <b>" in conversations.as_markdown({"a": "A"}, turns)
    conversations.forget(stored)
    assert not conversations.newest()
    with pytest.raises(NotFoundError):
        conversations.load(stored)


def settled(page: AppTest) -> AppTest:
    """The page once all replies are there; with a quick engine they may already be."""
    if pending := page.session_state["chat"].pending:
        wait_until(lambda: not pending.running)
    page.run()
    assert not page.exception
    return page


def asked(page: AppTest, question: str) -> AppTest:
    return settled(page.chat_input[0].set_value(question).run())


def test_the_page_asks_every_column_and_restores_from_its_url(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    run = finished_run()
    page = asked(open_page("chat"), "How to cross?")
    assert {sent["model"] for sent in engine.requests} == {EMBEDDED, run.id}
    assert [text.value for text in page.text].count("By steamship.") == 2
    stored = conversations.newest()[0].id
    assert page.query_params["conversation"] in (stored, [stored])
    again = open_page("chat", conversation=stored)
    assert [text.value for text in again.text].count("By steamship.") == 2


def test_regenerate_takes_the_next_seed_and_clear_keeps_the_conversation(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = asked(open_page("chat"), "How?")
    settled(button(page, "Regenerate").click().run())
    assert [sent["seed"] for sent in engine.requests] == [1, 1, 2, 2]
    button(page, "Clear").click().run()
    assert "Ask about anything" in texts(page)
    assert len(conversations.newest()) == 1


def test_an_unknown_model_in_the_url_is_never_silently_another(home: Path) -> None:
    page = open_page("chat", model="gone")
    assert page.selectbox(key="model-0").value is None
    page.chat_input[0].set_value("Hello").run()
    assert "Choose a model in every column first." in texts(page)


def test_without_an_engine_the_page_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:9/v1")
    page = asked(open_page("chat"), "Hello")
    assert "start it with `make run`" in texts(page)
