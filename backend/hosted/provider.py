"""The fine-tuning API of whoever hosts models: files, jobs, events, asked with patience.

What it answers is somebody else's text: it goes into logs and errors cut, and never with the key.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import openai
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.job_create_params import JobCreateParams

from backend.config import settings
from backend.errors import UserError

Answer = TypeVar("Answer")
RUN = "run"
"""Key of a job's metadata that holds the run's id, by which a job is found again."""
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 30.0, 1.5
"""Seconds between two questions, at first and at most, and how they grow."""
GIVE_UP = 1800.0
"""Seconds for which a provider may be busy or gone; training goes on there meanwhile."""
DEAD = ("failed", "cancelled")
OVER = ("succeeded", *DEAD)
MOST_WORDS = 300
PAGE = 100


class NoAnswerError(UserError):
    """The provider could not be asked just now; what it was asked for may have been done."""


class GoneError(UserError):
    """The provider does not know what it was asked for."""


def words(text: object) -> str:
    """Return what a provider says as one line without the key, cut where it is long."""
    said = " ".join(str(text).split())
    key = settings().hosted_key
    said = said.replace(key, "…") if len(key) > 4 else said
    said = "".join(letter for letter in said if letter.isprintable())
    return said if len(said) <= MOST_WORDS else said[:MOST_WORDS] + "…"


def explain(error: openai.OpenAIError) -> UserError:
    """Turn an error of the provider into one sentence for people."""
    if isinstance(error, openai.AuthenticationError):
        return UserError("The provider refused the key; set HOSTED_KEY and retry.")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        reason = words(body.get("message") or "").rstrip(".") or f"status {error.status_code}"
        kind = GoneError if isinstance(error, openai.NotFoundError) else UserError
        return (NoAnswerError if may_pass(error) else kind)(f"The provider refused: {reason}.")
    if isinstance(error, openai.APIConnectionError):
        return NoAnswerError("The provider does not answer; a retry goes on with its same job.")
    return UserError(f"The provider's answer can't be used: {words(error).rstrip('.')}.")


def may_pass(error: openai.OpenAIError) -> bool:
    """Whether asking again later can help."""
    if isinstance(error, openai.RateLimitError):
        return error.code != "insufficient_quota"  # Nothing is left to be spent.
    return isinstance(error, openai.APIConnectionError | openai.InternalServerError)


class Provider:
    """One client of the provider; every question is repeated while that can help."""

    def __init__(self, give_up: float = GIVE_UP, timeout: float = 60) -> None:
        """Ask for at most so many seconds.

        Args:
            give_up: For which a question is repeated.
            timeout: After which a single try has failed.

        Raises:
            UserError: nobody hosts models.
        """
        lab = settings()
        if not lab.hosted_url:
            raise UserError("No host of models is named; set HOSTED_URL.")
        # Without retries of its own, which would create a second job where an answer got lost.
        self._client = openai.OpenAI(
            base_url=lab.hosted_url, api_key=lab.hosted_key, max_retries=0, timeout=timeout
        )
        self._give_up = give_up

    def upload(self, rows: Path) -> str:
        """Upload the training rows and return the file's id."""
        return self._ask(
            lambda: self._client.files.create(file=rows, purpose="fine-tune", timeout=600).id
        )

    def find(self, run_id: str) -> FineTuningJob | None:
        """Return the job of a run that is under way or has succeeded."""
        return self._ask(lambda: self._find(run_id))

    def find_or_create(self, run_id: str, request: JobCreateParams) -> FineTuningJob:
        """Create a run's job, unless the provider has it."""
        asked: JobCreateParams = {**request, "metadata": {RUN: run_id}}
        # Looked for at every try: one whose answer got lost may have been heard.
        return self._ask(
            lambda: self._find(run_id) or _job(self._client.fine_tuning.jobs.create(**asked))
        )

    def _find(self, run_id: str) -> FineTuningJob | None:
        jobs = self._client.fine_tuning.jobs.list(limit=PAGE, metadata={RUN: run_id})
        # A server that knows no filter gives all of them.
        mine = (job for job in jobs if (job.metadata or {}).get(RUN) == run_id)
        return next((_job(job) for job in mine if job.status not in DEAD), None)

    def job(self, job_id: str) -> FineTuningJob:
        """Return a job as it is now."""
        return self._ask(lambda: _job(self._client.fine_tuning.jobs.retrieve(job_id)))

    def cancel(self, job_id: str) -> FineTuningJob:
        """Cancel a job."""
        return self._ask(lambda: _job(self._client.fine_tuning.jobs.cancel(job_id)))

    def events(self, job_id: str, known: set[str]) -> list[FineTuningJobEvent]:
        """Return a job's events that are not known yet, the oldest first."""
        return self._ask(lambda: self._events(job_id, known))

    def _events(self, job_id: str, known: set[str]) -> list[FineTuningJobEvent]:
        found = []
        for event in self._client.fine_tuning.jobs.list_events(job_id, limit=PAGE):
            if event.id in known:
                break  # The newest come first.
            found.append(event)
        return found[::-1]

    def _ask(self, ask: Callable[[], Answer]) -> Answer:
        started, pause = time.monotonic(), FIRST_PAUSE
        while True:
            try:
                return ask()
            except openai.OpenAIError as error:
                if not may_pass(error) or time.monotonic() - started + pause > self._give_up:
                    raise explain(error) from error
                print(f"{explain(error)} Asking again.", flush=True)  # noqa: T201  (the job's log)
            time.sleep(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)


def _job(answer: object) -> FineTuningJob:
    """Check that an answer is a job: the client passes on whatever a server says."""
    known = [getattr(answer, name, None) for name in ("id", "status")]
    if not isinstance(answer, FineTuningJob) or not all(isinstance(each, str) for each in known):
        raise UserError("The server's answer is not that of OpenAI's fine-tuning API.")
    return answer
