"""Client of a provider's fine-tuning API: files, jobs and events, with retries.

The provider's texts are untrusted: they are shortened for logs and errors, and the key is removed.
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
from backend.redaction import redacted

Answer = TypeVar("Answer")
RUN = "run"
"""Key in a job's metadata under which the run's id is stored, to find the job again."""
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 30.0, 1.5
"""Seconds between two requests: the first and the longest pause, and the growth factor."""
GIVE_UP = 1800.0
"""Seconds for which a provider may be unavailable; training continues there meanwhile."""
DEAD = ("failed", "cancelled")
OVER = ("succeeded", *DEAD)
MAX_CHARACTERS = 300
PAGE = 100


class NoAnswerError(UserError):
    """The provider did not answer; it may have acted on the request nevertheless."""


class GoneError(UserError):
    """The provider does not know the requested object."""


def words(text: object) -> str:
    """Return a provider's text as one line, without secrets, shortened if it is long."""
    line = redacted(" ".join(str(text).split()))
    line = "".join(letter for letter in line if letter.isprintable())
    return line if len(line) <= MAX_CHARACTERS else line[:MAX_CHARACTERS] + "…"


def explain(error: openai.OpenAIError) -> UserError:
    """Return an error of the provider as one sentence for people."""
    if isinstance(error, openai.AuthenticationError):
        return UserError("The provider refused the key; set HOSTED_KEY and retry.")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        reason = words(body.get("message") or "").rstrip(".") or f"status {error.status_code}"
        kind = GoneError if isinstance(error, openai.NotFoundError) else UserError
        return (NoAnswerError if is_retryable(error) else kind)(f"The provider refused: {reason}.")
    if isinstance(error, openai.APIConnectionError):
        return NoAnswerError("The provider does not answer; a retry continues the same job there.")
    return UserError(f"The provider's answer can't be used: {words(error).rstrip('.')}.")


def is_retryable(error: openai.OpenAIError) -> bool:
    """Whether a retry can help."""
    if isinstance(error, openai.RateLimitError):
        return error.code != "insufficient_quota"  # The account has no credit left.
    return isinstance(error, openai.APIConnectionError | openai.InternalServerError)


class Provider:
    """A client of the provider; every request is repeated as long as that can help."""

    def __init__(self, give_up: float = GIVE_UP, timeout: float = 60) -> None:
        """Create a client.

        Args:
            give_up: Seconds for which a request is repeated.
            timeout: Seconds after which a single attempt has failed.

        Raises:
            UserError: HOSTED_URL is not set.
        """
        lab = settings()
        if not lab.hosted_url:
            raise UserError("No provider is configured; set HOSTED_URL.")
        # Without the client's own retries, which would create a second job if an answer was lost.
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
        """Return a run's job that is active or has succeeded."""
        return self._ask(lambda: self._find(run_id))

    def find_or_create(self, run_id: str, request: JobCreateParams) -> FineTuningJob:
        """Create a run's job, unless the provider already has it."""
        marked: JobCreateParams = {**request, "metadata": {RUN: run_id}}
        # Looked up at every attempt: a request whose answer was lost may have created the job.
        return self._ask(
            lambda: self._find(run_id) or _job(self._client.fine_tuning.jobs.create(**marked))
        )

    def _find(self, run_id: str) -> FineTuningJob | None:
        jobs = self._client.fine_tuning.jobs.list(limit=PAGE, metadata={RUN: run_id})
        # A server without this filter returns all jobs.
        mine = (job for job in jobs if (job.metadata or {}).get(RUN) == run_id)
        return next((_job(job) for job in mine if job.status not in DEAD), None)

    def job(self, job_id: str) -> FineTuningJob:
        """Return a job's current state."""
        return self._ask(lambda: _job(self._client.fine_tuning.jobs.retrieve(job_id)))

    def cancel(self, job_id: str) -> FineTuningJob:
        """Cancel a job."""
        return self._ask(lambda: _job(self._client.fine_tuning.jobs.cancel(job_id)))

    def events(self, job_id: str, known: set[str]) -> list[FineTuningJobEvent]:
        """Return a job's events that are not yet known, the oldest first."""
        return self._ask(lambda: self._events(job_id, known))

    def _events(self, job_id: str, known: set[str]) -> list[FineTuningJobEvent]:
        new = []
        for event in self._client.fine_tuning.jobs.list_events(job_id, limit=PAGE):
            if event.id in known:
                break  # The newest come first.
            new.append(event)
        return new[::-1]

    def _ask(self, ask: Callable[[], Answer]) -> Answer:
        started, pause = time.monotonic(), FIRST_PAUSE
        while True:
            try:
                return ask()
            except openai.OpenAIError as error:
                if not is_retryable(error) or time.monotonic() - started + pause > self._give_up:
                    raise explain(error) from error
                print(f"{explain(error)} Trying again.", flush=True)  # noqa: T201  (the job's log)
            time.sleep(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)


def _job(answer: object) -> FineTuningJob:
    """Check that an answer is a job: the client does not validate what a server returns."""
    fields = [getattr(answer, name, None) for name in ("id", "status")]
    if not isinstance(answer, FineTuningJob) or not all(isinstance(f, str) for f in fields):
        raise UserError("The server's answer is not that of OpenAI's fine-tuning API.")
    return answer
