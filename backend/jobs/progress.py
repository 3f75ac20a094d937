"""Progress of a running job: what it reports, and how long it will still take."""

import time
from contextlib import suppress
from typing import Any

from sqlmodel import Session

from backend.errors import DatabaseError
from backend.jobs import queue
from models.tables import Job, JobState, now

INTERVAL = 0.4
"""Seconds between two writes; a page is not read more often."""
SLOWED = "slowed down by other work on this machine"


class Progress:
    """The progress of one job, written by the holder of its lease."""

    def __init__(self, job_id: str, holder: str) -> None:
        """Report for one job."""
        self.job_id = job_id
        self.holder = holder
        self._stage = ""
        self._written = 0.0

    def confirm(self, db: Session) -> None:
        """Make sure, in a transaction that stores results, that no other worker has this job.

        Raises:
            LeaseLostError: another worker has it.
        """
        queue.confirm(db, self.job_id, self.holder)

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Report the stage and how far it is; written at most every 0.4 s within a stage.

        Raises:
            LeaseLostError: another worker has the job.
        """
        due = time.monotonic() - self._written > INTERVAL
        if stage != self._stage or due or done == total:
            queue.report(self.job_id, self.holder, stage, done, total)
            self._stage, self._written = stage, time.monotonic()

    def mark_slowed(self, slowed: bool) -> None:
        """Store whether other work on this machine slows the job down; from any thread."""
        with suppress(DatabaseError):  # Not worth the job's end.
            queue.mark_slowed(self.job_id, self.holder, slowed)

    def store_result(self, result: dict[str, Any]) -> None:
        """Store the job's result.

        Raises:
            LeaseLostError: another worker has the job.
        """
        queue.store_result(self.job_id, self.holder, result)


def pace_note(job: Job) -> str | None:
    """Say what slows a job down; None if nothing does, or if it does not run."""
    running = job.state in (JobState.RUNNING, JobState.CANCELLING)
    return SLOWED if running and job.slowed else None


def remaining_seconds(job: Job) -> float | None:
    """Estimate the rest of a job's stage from its pace so far; None while that is unknown."""
    steps = job.done - job.stage_started_done
    if not job.stage_started_at or steps <= 0 or job.total <= job.done:
        return None
    return (now() - job.stage_started_at).total_seconds() / steps * (job.total - job.done)
