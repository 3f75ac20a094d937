"""Jobs under way at a provider: a note of each, and the end of those nobody waits for any more.

The notes lie in `$WEIRDGEN_HOME/provider_jobs/`. What is cancelled or deleted here, by whatever way
its process ended, is cancelled at the provider by the next worker that looks.
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
"""Seconds after which a job that was asked for, and is not listed, was never made."""
AGAIN = 30.0
"""Seconds between two tries to cancel what was abandoned."""


class Note(BaseModel):
    """What is known of a run's job at the provider; a file that is there while it is under way."""

    run: str
    base_model: str
    file: str
    job: str | None = None
    """None while nobody knows whether the provider has made it."""

    @staticmethod
    def folder() -> Path:
        """Folder of all notes; outside of the runs', so that one outlives a run's deletion."""
        return settings().home / "provider_jobs"

    @classmethod
    def path(cls, run_id: str) -> Path:
        """File of a run's note."""
        return cls.folder() / f"{run_id}.json"

    @classmethod
    def read(cls, run_id: str) -> "Note | None":
        """Return a run's note, if there is one."""
        try:
            return cls.model_validate_json(cls.path(run_id).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def write(self) -> None:
        """Store it, whole or not at all."""
        path = self.path(self.run)
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as scratch:
            scratch.write_text(self.model_dump_json(), "utf-8")

    def settle(self, job_id: str, tokens: int | None) -> None:
        """Book what the job has cost; None is not known. It is under way no more."""
        model = priced(self.base_model, self.base_model)
        settle(model, reserved(self.run), f"finetuning {job_id}", tokens)
        self.path(self.run).unlink(missing_ok=True)


def billed(job: FineTuningJob) -> int | None:
    """Return the tokens that a job is billed for, as far as the provider tells."""
    tokens = job.trained_tokens
    return tokens if isinstance(tokens, int) and tokens >= 0 else None


def reserved(run_id: str) -> str:
    """Return the purpose under which a training's cost is reserved until it is known."""
    return f"finetuning of run {run_id}, under way"


class Abandoned:
    """Jobs at the provider that nobody here waits for any more: cancelled, or their run deleted."""

    def __init__(self) -> None:
        """Start without a pause."""
        self._not_before = 0.0

    def cancel(self) -> None:
        """Cancel them there; what can't be reached is tried again half a minute later."""
        if time.monotonic() < self._not_before:
            return
        for path in Note.folder().glob("*.json"):
            try:
                note = Note.read(path.stem)
                if note and _is_abandoned(note.run):
                    _cancel(note, time.time() - path.stat().st_mtime > LOST)
            except Exception as error:  # A worker outlives whatever a provider answers.
                said = "The provider's job of run %s is not cancelled: %s"
                log.warning(said, path.stem, error, exc_info=not isinstance(error, UserError))
                self._not_before = time.monotonic() + AGAIN
                return  # The others will hardly fare better.


def _is_abandoned(run_id: str) -> bool:
    query = select(Job).where(Job.run_id == run_id).order_by(col(Job.created_at).desc())
    with session() as db:
        job = db.exec(query).first()
    return job is None or job.state == JobState.CANCELLED


def _cancel(note: Note, is_old: bool) -> None:
    # Tried once and briefly: the worker has other jobs.
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
