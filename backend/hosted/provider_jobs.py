"""Active jobs at a provider: a note of each, and the cancelling of abandoned ones.

The notes are files in `$WEIRDGEN_HOME/provider_jobs/`. If a run is cancelled or deleted here, the
next worker that looks cancels its job at the provider, however the run's process ended.
"""

import logging
import time
from pathlib import Path

from openai.types.fine_tuning import FineTuningJob
from pydantic import BaseModel
from sqlmodel import col, select

from backend.config import settings
from backend.db import session
from backend.errors import UserError
from backend.files import replacing
from backend.hosted.budget import settle
from backend.hosted.prices import priced
from backend.hosted.provider import OVER, GoneError, Provider
from models.tables import Job, JobState

log = logging.getLogger("worker")
LOST = 120.0
"""Seconds after which a requested job that is not listed was never created."""
AGAIN = 30.0
"""Seconds between two attempts to cancel abandoned jobs."""


class Note(BaseModel):
    """What is known of a run's job at the provider; the file exists while the job is active."""

    run: str
    base_model: str
    file: str
    job: str | None = None
    """None as long as it is unknown whether the provider created the job."""

    @staticmethod
    def folder() -> Path:
        """Folder of all notes; outside the runs' folders, so that notes outlive their runs."""
        return settings().home / "provider_jobs"

    @classmethod
    def path(cls, run_id: str) -> Path:
        """Return the file of a run's note."""
        return cls.folder() / f"{run_id}.json"

    @classmethod
    def read(cls, run_id: str) -> "Note | None":
        """Return a run's note; None if there is none."""
        try:
            return cls.model_validate_json(cls.path(run_id).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def write(self) -> None:
        """Store the note atomically."""
        path = self.path(self.run)
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as scratch:
            scratch.write_text(self.model_dump_json(), "utf-8")

    def settle(self, job_id: str, tokens: int | None) -> None:
        """Record the billed tokens (None if not known) and remove the note: the job has ended."""
        model = priced(self.base_model, self.base_model)
        settle(model, reserved(self.run), f"finetuning {job_id}", tokens)
        self.path(self.run).unlink(missing_ok=True)


def billed(job: FineTuningJob) -> int | None:
    """Return the tokens that a job is billed for; None if the provider does not say."""
    tokens = job.trained_tokens
    return tokens if isinstance(tokens, int) and tokens >= 0 else None


def reserved(run_id: str) -> str:
    """Return the purpose under which a training's cost is reserved until it is known."""
    return f"finetuning of run {run_id}, under way"


class Abandoned:
    """Jobs at the provider whose run was cancelled or deleted here."""

    def __init__(self) -> None:
        """Start without a pause."""
        self._not_before = 0.0

    def cancel(self) -> None:
        """Cancel the jobs at the provider; after an error, try again half a minute later."""
        if time.monotonic() < self._not_before:
            return
        for path in Note.folder().glob("*.json"):
            try:
                note = Note.read(path.stem)
                if note and _is_abandoned(note.run):
                    _cancel(note, time.time() - path.stat().st_mtime > LOST)
            except Exception as error:  # No answer of a provider may end the worker.
                message = "The provider's job of run %s is not cancelled: %s"
                log.warning(message, path.stem, error, exc_info=not isinstance(error, UserError))
                self._not_before = time.monotonic() + AGAIN
                return  # The others would most likely fail as well.


def _is_abandoned(run_id: str) -> bool:
    query = select(Job).where(Job.run_id == run_id).order_by(col(Job.created_at).desc())
    with session() as db:
        job = db.exec(query).first()
    return job is None or job.state == JobState.CANCELLED


def _cancel(note: Note, is_old: bool) -> None:
    # One short attempt: the worker has other jobs.
    provider = Provider(give_up=0, timeout=5)
    try:
        job = provider.job(note.job) if note.job else provider.find(note.run)
    except GoneError:
        return note.settle(note.job or note.run, None)
    if job is None:
        if not is_old:
            raise UserError("it is not listed yet.")
        return note.settle(note.run, 0)
    was_training = job.status == "running"
    if job.status not in OVER:
        job = provider.cancel(job.id)
    note.settle(job.id, billed(job) or (None if was_training else 0))
    log.info("The provider's job of run %s is cancelled.", note.run)
