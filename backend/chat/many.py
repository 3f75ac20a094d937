"""Ask models many things at once, and keep each answer as it comes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

import openai

from backend.chat.client import explain
from backend.errors import UserError
from backend.jobs.progress import Progress

CONCURRENCY = 8
"""Requests in flight, where nothing else is said; a llama.cpp server's slots."""
Question = TypeVar("Question")
Answer = TypeVar("Answer")


def ask_all(
    missing: Sequence[Question],
    ask: Callable[[Question], Answer],
    keep: Callable[[Answer], None],
    progress: Progress,
    stage: str,
    total: int,
    at_once: int = CONCURRENCY,
    size: Callable[[Question], int] = lambda _: 1,
) -> None:
    """Ask what is missing of a total, several requests at a time.

    Args:
        missing: What is not answered yet; a killed job finds fewer the next time.
        ask: Called in a thread.
        keep: Called here with each answer as it comes, so that none is lost.
        progress: Told of the stage.
        stage: What is being done, as one phrase for people.
        total: Number of questions, those answered earlier included.
        at_once: Requests in flight.
        size: How much of the total a question is.

    Raises:
        UserError: the engine refuses or does not answer; what was kept stays.
    """
    done = total - sum(map(size, missing))
    if missing:
        progress.report(stage, done, total)
    with ThreadPoolExecutor(at_once) as pool:
        waiting = {pool.submit(ask, question): question for question in missing}
        try:
            for answered in as_completed(set(waiting)):
                result = answered.result()
                done += size(waiting.pop(answered))
                keep(result)
                progress.report(stage, done, total)
        except (openai.OpenAIError, UserError) as error:
            pool.shutdown(cancel_futures=True)  # What waits is not asked any more.
            for late in waiting:  # What was under way may have been paid for.
                if not late.cancelled() and not late.exception():
                    keep(late.result())
            if isinstance(error, UserError):
                raise
            raise explain(error) from error
