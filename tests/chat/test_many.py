"""Many requests at once outlive an engine that is killed and started again."""

import os
import signal
from pathlib import Path
from subprocess import Popen

import openai
import pytest

from backend.chat import many
from backend.chat.client import client
from backend.chat.many import ask_all
from backend.errors import UserError
from backend.machine.ports import free_port
from tests.processes import process, wait_until
from tests.silent_progress import SilentProgress


@pytest.fixture(autouse=True)
def port(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))


def models_of_the_engine(_: int) -> bool:
    """Ask a question that the real engine answers without any model."""
    return bool(client(retries=0).models.list().data)


def is_there() -> bool:
    try:
        return models_of_the_engine(0)
    except openai.OpenAIError:
        return False


def test_a_question_waits_for_an_engine_that_was_killed() -> None:
    with process("backend.engine") as first:
        wait_until(is_there)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    started: list[Popen[bytes]] = []

    def ask_or_start(question: int) -> bool:
        try:
            return models_of_the_engine(question)
        except openai.APIConnectionError:
            if not started:
                started.append(second.__enter__())
            raise

    second = process("backend.engine")
    answers: list[bool] = []
    try:
        ask_all([1, 2], ask_or_start, answers.append, SilentProgress(), "Asking", 2, at_once=1)
    finally:
        second.__exit__(None, None, None)
    assert answers == [True, True] and started


def test_an_engine_that_does_not_return_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PATIENCE", 0.0)
    with pytest.raises(UserError, match="The engine does not answer at .* Start it"):
        ask_all([1], models_of_the_engine, lambda _: None, SilentProgress(), "Asking", 1)
