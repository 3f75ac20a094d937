"""The queue: submit, claim, renew, report, finish.

Every change of state is one UPDATE whose WHERE names the state it expects and, for a running job,
the holder of its lease. So two workers never hold one job, and a worker that was thought dead and
wakes up again can't overwrite what its successor did.

Whether a lease lapsed is not told by the wall clock, which differs between machines and jumps: a
worker that looks for work watches the others' leases, and takes one that stood still for long.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, delete, select, update

from backend.config import settings
from backend.db import session
from backend.errors import NotFoundError, UserError
from models.tables import Job, JobKind, JobState, Run, Worker, now

LEASE = timedelta(seconds=10)
"""A worker renews many times in this span; after it, its job goes back to the queue."""
MAX_ATTEMPTS = 5
"""A job whose worker died this often is likely the cause, and is not tried again."""

_ACTIVE = (JobState.RUNNING, JobState.CANCELLING)
ANEW: dict[str, object] = {
    "state": JobState.QUEUED,
    "attempts": 0,
    "error": None,
    "finished_at": None,
    "started_at": None,
    "stage": "",
}
"""What a job that was over is when it waits once more."""


class LeaseLostError(Exception):
    """This process no longer holds its job: another worker has it, or it is over."""


class LeaseWatch:
    """What one worker saw of all leases, timed by its own steady clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing seen."""
        self._clock = clock
        self._seen: dict[tuple[str, datetime], float] = {}

    def lapsed(self) -> list[tuple[str, datetime]]:
        """Look, and return the leases that stood still for as long as a lease lasts."""
        query = select(Job.id, Job.lease_until).where(col(Job.state).in_(_ACTIVE))
        with session() as db:
            held = [(job_id, until) for job_id, until in db.exec(query) if until]
        time_now = self._clock()
        self._seen = {lease: self._seen.get(lease, time_now) for lease in held}
        old = time_now - LEASE.total_seconds()
        return [lease for lease, since in self._seen.items() if since <= old]


def refuse_duplicate(db: Session, config: dict[str, Any]) -> None:
    """Refuse what waits or runs already, as a double click would ask for it.

    Args:
        db: The transaction that would submit it.
        config: Of the job, or of its run where it has one.

    Raises:
        UserError: it is in the queue.
    """
    waiting = select(Job, Run).join(Run, isouter=True)
    waiting = waiting.where(col(Job.state).in_((JobState.QUEUED, JobState.RUNNING)))
    for job, run in db.exec(waiting):
        if config == (run.config if run else job.config):
            raise UserError("The very same is in the queue already; change something to repeat it.")


def get_job(job_id: str) -> Job:
    """Return a job as it is now; NotFoundError when it has been deleted."""
    with session() as db:
        job = db.get(Job, job_id)
    if job is None:
        raise NotFoundError(f'There is no job "{job_id}".')
    return job


def wait_for_end(job_id: str) -> Job:
    """Return a job when it is over, however long that takes; no page may call this."""
    while not (job := get_job(job_id)).state.is_final:
        time.sleep(0.5)
    return job


def list_jobs(kind: JobKind | None = None, limit: int = 200) -> Sequence[tuple[Job, Run | None]]:
    """Return jobs with their runs, the newest first."""
    query = select(Job, Run).join(Run, isouter=True).order_by(col(Job.created_at).desc())
    if kind:
        query = query.where(Job.kind == kind)
    with session() as db:
        return [(job, run) for job, run in db.exec(query.limit(limit))]


def queue_position(job: Job) -> int:
    """Return how many jobs are before this one, running ones included."""
    before = (col(Job.state).in_(_ACTIVE)) | (
        (col(Job.state) == JobState.QUEUED) & (col(Job.created_at) < job.created_at)
    )
    with session() as db:
        return db.exec(select(func.count()).select_from(Job).where(before)).one()


def sign_of_life(holder: str) -> None:
    """Note that a worker is there, and forget those that have been gone for a day."""
    with session() as db:
        db.execute(delete(Worker).where(col(Worker.seen_at) < now() - timedelta(days=1)))
        db.merge(Worker(name=holder, seen_at=now()))


def worker_is_alive() -> bool:
    """Whether any worker gave a sign of life lately."""
    query = select(Worker.name).where(Worker.seen_at > now() - LEASE)
    with session() as db:
        return db.exec(query.limit(1)).first() is not None


def claim(holder: str) -> Job | None:
    """Take the oldest queued job, in one statement, or return None."""
    oldest = (
        select(Job.id)
        .where(Job.state == JobState.QUEUED)
        .order_by(col(Job.created_at))
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        update(Job)
        .where(col(Job.id) == oldest, col(Job.state) == JobState.QUEUED)
        .values(
            state=JobState.RUNNING,
            holder=holder,
            lease_until=now() + LEASE,
            attempts=Job.attempts + 1,
            started_at=func.coalesce(Job.started_at, now()),
            stage="Starting",
            error=None,
        )
        .returning(col(Job.id))
    )
    with session() as db:
        row = db.execute(statement).first()
        return db.get(Job, row[0]) if row else None


def _held(job_id: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (col(Job.id) == job_id, col(Job.holder) == holder, col(Job.state).in_(_ACTIVE))


def renew(job_id: str, holder: str) -> JobState | None:
    """Renew the lease and return the job's state; None when the lease is no longer held."""
    statement = (
        update(Job)
        .where(*_held(job_id, holder))
        .values(lease_until=now() + LEASE)
        .returning(col(Job.state))
    )
    with session() as db:
        row = db.execute(statement).first()
        return JobState(row[0]) if row else None


def report(job_id: str, holder: str, stage: str, done: int, total: int) -> None:
    """Write a job's progress; the clock of the ETA restarts where the stage changes.

    Raises:
        LeaseLostError: the job is not this holder's any more, so whatever it makes is not wanted.
    """
    with session() as db:
        confirm(db, job_id, holder)
        job = db.get_one(Job, job_id)
        values = {"stage": stage, "done": done, "total": total}
        if job.stage != stage:
            values |= {"stage_started_at": now(), "stage_started_done": done}
        db.execute(update(Job).where(*_held(job_id, holder)).values(**values))


def confirm(db: Session, job_id: str, holder: str) -> None:
    """Make sure that a job is this holder's as long as a transaction lasts, which writes results.

    Raises:
        LeaseLostError: it is not, so the transaction must not be.
    """
    statement = update(Job).where(*_held(job_id, holder)).values(holder=holder)
    if db.execute(statement.returning(col(Job.id))).first() is None:
        raise LeaseLostError(f"Job {job_id} is no longer held by {holder}.")


def finish(job_id: str, holder: str, state: JobState, error: str | None = None) -> bool:
    """End a job; False when this holder has lost it to another, and so has no say."""
    statement = (
        update(Job)
        .where(*_held(job_id, holder))
        .values(state=state, error=error, finished_at=now(), holder=None, lease_until=None)
        .returning(col(Job.id))
    )
    with session() as db:
        return db.execute(statement).first() is not None


def release(job_id: str, holder: str) -> None:
    """Put a running job back in the queue because its worker is asked to stop."""
    free = {"holder": None, "lease_until": None, "attempts": Job.attempts - 1}
    waiting = {"state": JobState.QUEUED, "stage": "Waiting to resume"}
    with session() as db:
        db.execute(update(Job).where(*_held(job_id, holder)).values(**free, **waiting))


def requeue(lapsed: Iterable[tuple[str, datetime]]) -> None:
    """Put jobs whose worker died back in the queue; end those that were being cancelled.

    A lease that was renewed since it was looked at is left alone.
    """
    free = {"holder": None, "lease_until": None}
    ended = free | {"finished_at": now()}
    too_often = f"The worker died {MAX_ATTEMPTS} times during this job; see its log."
    for job_id, until in lapsed:
        stood = (col(Job.id) == job_id, col(Job.lease_until) == until)
        cancelling = col(Job.state) == JobState.CANCELLING
        tired = col(Job.attempts) >= MAX_ATTEMPTS
        cancelled = {"state": JobState.CANCELLED} | ended
        failed = {"state": JobState.FAILED, "error": too_often} | ended
        waiting = {"state": JobState.QUEUED, "stage": "Waiting to resume"} | free
        with session() as db:
            db.execute(update(Job).where(*stood, cancelling).values(**cancelled))
            db.execute(update(Job).where(*stood, tired).values(**failed))
            db.execute(update(Job).where(*stood).values(**waiting))


def cancel(job_id: str) -> JobState:
    """Ask for a job's end: at once when queued, by its worker when running."""
    with session() as db:
        for state, then in (
            (JobState.QUEUED, JobState.CANCELLED),
            (JobState.RUNNING, JobState.CANCELLING),
        ):
            ended = {"finished_at": now()} if then.is_final else {}
            db.execute(
                update(Job)
                .where(col(Job.id) == job_id, col(Job.state) == state)
                .values(state=then, **ended)
            )
    return get_job(job_id).state


def retry(job_id: str) -> None:
    """Put a failed or cancelled job back in the queue; a finetune goes on from its checkpoint."""
    _requeue_if(job_id, JobState.FAILED, JobState.CANCELLED)


def do_again(job_id: str) -> None:
    """Put a job that is done back in the queue; it does only what is missing."""
    _requeue_if(job_id, JobState.DONE)


def _requeue_if(job_id: str, *states: JobState) -> None:
    over = col(Job.state).in_(states)
    with session() as db:
        db.execute(update(Job).where(col(Job.id) == job_id, over).values(**ANEW))


def delete_job(job_id: str) -> None:
    """Delete a job that is over, with everything that it made in the database.

    A finetune job goes with its run, metrics, evaluations and files; the caller has asked first.

    Raises:
        UserError: the job is not over yet.
    """
    with session() as db:
        job = db.get(Job, job_id)
        if job is None:
            return
        if not job.state.is_final:
            raise UserError("This job is not over yet; cancel it first.")
        folder = folder_of(job)
        db.execute(delete(Job).where(col(Job.id) == job.id))
        if job.run_id:
            db.execute(delete(Run).where(col(Run.id) == job.run_id))
    rmtree(folder, ignore_errors=True)


def folder_of(job: Job) -> Path:
    """Return the folder of a job's files: its run's, or its own for an evaluation."""
    lab = settings()
    return lab.run_folder(job.run_id) if job.run_id else lab.evaluation_folder(job.id)


def log_path(job: Job) -> Path:
    """Return the file that holds a job's log."""
    return folder_of(job) / "log.txt"


def log_tail(job: Job, characters: int = 4000) -> str:
    """Return the last lines of a job's log, whole lines only."""
    try:
        with log_path(job).open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - characters))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return text.split("\n", 1)[-1] if size > characters else text
