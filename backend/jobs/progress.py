"""How a running job says how far it is, and how long it has still to go."""

import time

from sqlmodel import Session

from backend.jobs import queue
from models.tables import Job, now

INTERVAL = 0.4
"""Seconds between two writes; a page can't be read faster."""


class Progress:
    """The progress of one job, written by whoever holds its lease."""

    def __init__(self, job_id: str, holder: str) -> None:
        """Report for one job."""
        self.job_id = job_id
        self.holder = holder
        self._stage = ""
        self._written = 0.0

    def confirm(self, db: Session) -> None:
        """Make sure, in a transaction that writes results, that nobody else does this job now.

        Raises:
            LeaseLostError: another worker took it while this one was away.
        """
        queue.confirm(db, self.job_id, self.holder)

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done and how far it is; written at most every 0.4 s within a stage.

        Raises:
            LeaseLostError: another worker took the job while this one was away.
        """
        due = time.monotonic() - self._written > INTERVAL
        if stage != self._stage or due or done == total:
            queue.report(self.job_id, self.holder, stage, done, total)
            self._stage, self._written = stage, time.monotonic()


def remaining_seconds(job: Job) -> float | None:
    """Estimate the rest of a job's stage from its own pace; None until that can be told."""
    steps = job.done - job.stage_started_done
    if not job.stage_started_at or steps <= 0 or job.total <= job.done:
        return None
    return (now() - job.stage_started_at).total_seconds() / steps * (job.total - job.done)
