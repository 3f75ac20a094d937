"""Each answer is asked for once, stored as it grows, and found again after anything."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.chat import answering, conversations
from backend.chat.conversations import CUT, FAILED, STOPPED, Request, Turn
from backend.chat.origin import Origin
from backend.chat.streaming import ChatSettings, Column
from backend.config import ROOT
from backend.errors import DatabaseError, NotFoundError
from backend.machine.processes import die_with_parent
from tests.processes import wait_until
from tests.scripted_engine import ScriptedEngine

ASK = """
import sys, time
from backend.chat import answering, conversations
from backend.chat.conversations import Request
from backend.chat.streaming import ChatSettings, Column

request = Request(column=Column(model="run"), settings=ChatSettings(seed=7))
answering.ask(sys.argv[1], None, "How?", [request])
time.sleep(600)
"""


def requests(*models: str) -> list[Request]:
    return [Request(column=Column(model=model), settings=ChatSettings(seed=7)) for model in models]


def turn(conversation: str) -> Turn:
    return conversations.turns_of(conversation)[-1]


def ended(conversation: str) -> Turn:
    wait_until(lambda: not turn(conversation).is_growing)
    return turn(conversation)


def texts(conversation: str) -> list[str]:
    return [answer.text for answer in turn(conversation).answers]


@pytest.fixture
def halfway(
    engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """An engine that stops in the middle of its answers until this is called."""
    go, event = threading.Event(), engine._event

    def wait_in_the_middle(self: Any, part: dict[str, Any]) -> None:
        if part["choices"][0]["delta"].get("content") == "steam":
            go.wait(60)
        event(self, part)

    monkeypatch.setattr(engine, "_event", wait_in_the_middle)
    yield go.set
    go.set()


@pytest.fixture
def elsewhere(
    home: Path, engine: type[ScriptedEngine]
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A conversation, and another process that has begun to ask its first question."""
    stored = conversations.start("How?", {})
    started = subprocess.Popen(
        [sys.executable, "-c", ASK, stored],
        cwd=ROOT,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    yield stored, started
    started.kill()
    started.wait()


def test_every_column_is_asked_once_and_its_answer_stored_whole(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    engine.origin = Origin(model="run", seed=7)
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("base", "run"))
    answers = ended(stored).answers
    assert [(a.model, a.text, a.ending, a.tokens) for a in answers] == [
        ("base", "By steamship.", "stop", 3),
        ("run", "By steamship.", "stop", 3),
    ]
    assert {answer.origin for answer in answers} == {engine.origin}
    assert sorted(sent["model"] for sent in engine.requests) == ["base", "run"]


def test_an_answer_can_be_read_while_it_grows(home: Path, halfway: Callable[[], None]) -> None:
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("run"))
    wait_until(lambda: texts(stored) == ["By "])
    assert turn(stored).is_growing
    halfway()
    assert ended(stored).answers[0].text == "By steamship."


def test_a_column_is_told_its_own_earlier_answers(home: Path, engine: type[ScriptedEngine]) -> None:
    stored = conversations.start("One?", {})
    first = answering.ask(stored, None, "One?", requests("run"))
    ended(stored)
    answering.ask(stored, first, "Two?", requests("run"))
    ended(stored)
    told = [message["content"] for message in engine.requests[1]["messages"]]
    assert told == ["One?", "By steamship.", "Two?"]


def test_an_answer_that_is_stopped_keeps_its_text_and_frees_the_engine(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    engine.endless = True
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("run"))
    wait_until(lambda: texts(stored)[0])
    conversations.stop(turn(stored))
    answer = turn(stored).answers[0]
    assert answer.ending == STOPPED and answer.text.startswith("By steam")
    assert engine.gone.wait(60)
    assert turn(stored).answers[0] == answer


def test_a_deleted_conversation_frees_the_engine(home: Path, engine: type[ScriptedEngine]) -> None:
    engine.endless = True
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("run"))
    wait_until(lambda: texts(stored)[0])
    conversations.forget(stored)
    assert engine.gone.wait(60)
    with pytest.raises(NotFoundError):
        answering.ask(stored, None, "And then?", requests("run"))


def test_only_missing_answers_are_asked_for_again(
    home: Path, engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "refusal", "No memory.")
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("run"))
    failed = ended(stored)
    assert (failed.answers[0].ending, failed.answers[0].error) == (FAILED, "No memory.")
    monkeypatch.setattr(engine, "refusal", "")
    answering.ask_again(stored, failed)
    answer = ended(stored).answers[0]
    assert (answer.text, answer.error) == ("By steamship.", "")
    answering.ask_again(stored, failed)
    answering.ask_again(stored, turn(stored))
    assert turn(stored).answers == [answer] and len(engine.requests) == 2


def test_an_answer_of_a_killed_app_is_cut_and_asked_for_again_by_one_tab_only(
    engine: type[ScriptedEngine],
    halfway: Callable[[], None],
    elsewhere: tuple[str, subprocess.Popen[bytes]],
) -> None:
    stored, app = elsewhere
    wait_until(lambda: conversations.turns_of(stored) and texts(stored) == ["By "])
    assert turn(stored).answers[0].ending is None  # The other process lives.
    app.kill()
    app.wait()
    cut = turn(stored)
    assert (cut.answers[0].ending, cut.answers[0].text) == (CUT, "By ")
    for _ in range(2):
        answering.ask_again(stored, cut)
    halfway()
    assert ended(stored).answers[0].text == "By steamship."
    assert [sent["seed"] for sent in engine.requests] == [7, 7]


def test_an_answer_of_another_process_can_be_stopped_here(
    engine: type[ScriptedEngine], elsewhere: tuple[str, subprocess.Popen[bytes]]
) -> None:
    engine.endless = True
    stored, _ = elsewhere
    wait_until(lambda: conversations.turns_of(stored) and texts(stored)[0])
    conversations.stop(turn(stored))
    assert engine.gone.wait(60)


def test_a_database_that_is_locked_for_a_while_costs_no_answer(
    home: Path, engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, grow = threading.Event(), conversations.grow

    def locked_once(*args: Any) -> None:
        if not refused.is_set():
            refused.set()
            raise DatabaseError("The database is locked.")
        grow(*args)

    monkeypatch.setattr(conversations, "grow", locked_once)
    stored = conversations.start("How?", {})
    answering.ask(stored, None, "How?", requests("run"))
    assert ended(stored).answers[0].text == "By steamship." and refused.is_set()
