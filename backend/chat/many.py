"""Many requests at once, each answer stored as soon as it arrives."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

import openai

from backend.chat.client import explain, is_back
from backend.errors import UserError
from backend.jobs.progress import Progress

CONCURRENCY = 8
"""Default number of concurrent requests; equals the slots of a llama.cpp server."""
PATIENCE = 300.0
"""Seconds to wait for a gateway that was lost, such as one that is started again."""
LOSSES = 3
"""A question that loses the gateway this often is likely the cause, and is not asked again."""
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
    """Ask the questions that are still unanswered, several at a time.

    A question during which the gateway was lost is asked again when the gateway is back.

    Args:
        missing: The unanswered questions; a job that resumes passes fewer.
        ask: Answers a question; called in a thread.
        keep: Stores an answer; called in this thread as each one arrives, so that none is lost.
        progress: Where progress is reported.
        stage: The stage's name on the page.
        total: Size of all questions, including those answered earlier.
        at_once: Number of concurrent requests.
        size: A question's share of the total.

    Raises:
        UserError: a request failed; the answers stored so far remain.
    """
    done = total - sum(map(size, missing))
    if missing:
        progress.report(stage, done, total)
    with ThreadPoolExecutor(at_once) as pool:
        pending = {pool.submit(_asked, ask, question): question for question in missing}
        try:
            for future in as_completed(set(pending)):
                answer = future.result()
                done += size(pending.pop(future))
                keep(answer)
                progress.report(stage, done, total)
        except (openai.OpenAIError, UserError) as error:
            pool.shutdown(cancel_futures=True)
            for future in pending:  # Requests in flight may have been paid for.
                if not future.cancelled() and not future.exception():
                    keep(future.result())
            if isinstance(error, UserError):
                raise
            raise explain(error) from error


def _asked(ask: Callable[[Question], Answer], question: Question) -> Answer:
    for _ in range(LOSSES - 1):
        try:
            return ask(question)
        except openai.APITimeoutError:  # A kind of connection error, though the gateway is there.
            raise
        except openai.APIConnectionError as error:
            if not is_back(error, PATIENCE):
                raise
    return ask(question)
