"""An engine that answers nothing until it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.scripted_judge import scripted_judge


@dataclass(frozen=True)
class HeldEngine:
    url: str
    asked: list[str]
    answering: threading.Event


@contextmanager
def held_engine(answer: str) -> Iterator[HeldEngine]:
    """Run an engine that gives one answer to everything, once its event is set."""
    answering = threading.Event()
    with scripted_judge(lambda _: answer if answering.wait() else "") as (url, asked):
        yield HeldEngine(url, asked, answering)
        answering.set()
