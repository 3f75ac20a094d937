"""The queue: submit, claim, renew, report, finish. Every change of a job's state is made here.

A change is one UPDATE whose WHERE names the state it expects and, for a running job, the holder of
its lease. So two workers never hold one job, and a worker that was presumed dead and wakes up again
can't overwrite what its successor did.

The wall clock, which differs between machines and jumps, does not decide whether a lease has
expired: a worker that looks for work watches the leases of the others, and takes a job whose lease
is not renewed for as long as a lease lasts.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from shutil import rmtree
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, or_, select, update

from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.jobs.files import folder_of
from models.tables import (
    Job,
    JobKind,
    JobState,
    Prerequisite,
    Run,
    UTCDateTime,
    Worker,
    now,
)

LEASE = timedelta(seconds=10)
"""A worker renews its lease many times in this span; after it, the job returns to the queue."""
MAX_ATTEMPTS = 5
"""A job whose worker died this often is likely the cause, and is not tried again."""

_HELD = (JobState.RUNNING, JobState.CANCELLING)
_FINAL = tuple(state for state in JobState if state.is_final)
_NO_LEASE: dict[str, Any] = {"holder": None, "lease_until": None}
_REQUEUED: dict[str, Any] = {
    "state": JobState.QUEUED,
    "attempts": 0,
    "error": None,
    "finished_at": None,
    "started_at": None,
    "stage": "",
}
"""Values of a finished job that is put back in the queue."""


class LeaseLostError(Exception):
    """This process no longer holds its job: another worker has it, or it is finished."""


class LeaseWatch:
    """What one worker saw of all leases, timed by its own monotonic clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without any lease seen."""
        self._clock = clock
        self._seen: dict[tuple[str, datetime], float] = {}

    def lapsed(self) -> list[tuple[str, datetime]]:
        """Look at all leases, and return those not renewed for as long as a lease lasts."""
        query = select(Job.id, Job.lease_until).where(col(Job.state).in_(_HELD))
        with session() as db:
            leases = [(job_id, until) for job_id, until in db.exec(query) if until]
        time_now = self._clock()
        self._seen = {lease: self._seen.get(lease, time_now) for lease in leases}
        oldest = time_now - LEASE.total_seconds()
        return [lease for lease, since in self._seen.items() if since <= oldest]

    def leave_out(self, seconds: float) -> None:
        """Leave out a time in which nobody could write, so that no lease could be renewed."""
        self._seen = {lease: since + seconds for lease, since in self._seen.items()}


def submit(
    db: Session,
    kind: JobKind,
    config: BaseModel | None = None,
    run: Run | None = None,
    after: Iterable[Job] = (),
) -> Job:
    """Put a job in the queue, as part of a transaction.

    Args:
        db: The transaction.
        kind: What the job does.
        config: Its configuration, unless it has a run.
        run: The run that it trains, stored in the same transaction.
        after: Jobs that have to be done before it is claimed.

    Raises:
        UserError: a job with the same configuration is queued or running, as after a double click.
    """
    wanted = config.model_dump() if config else None
    active = select(Job, Run).join(Run, isouter=True)
    active = active.where(col(Job.state).in_((JobState.QUEUED, JobState.RUNNING)))
    for other, its_run in db.exec(active):
        if (run.config if run else wanted) == (its_run.config if its_run else other.config):
            raise UserError("The same job is in the queue already; change a setting to repeat it.")
    job = Job(kind=kind, run_id=run.id if run else None, config=wanted)
    db.add(job)
    db.flush()
    db.add_all(Prerequisite(job_id=job.id, needs=first.id) for first in after)
    return job


def record_finished(db: Session, kind: JobKind, run: Run) -> Job:
    """Record a job that was done elsewhere, as part of a transaction that stores its run."""
    job = Job(kind=kind, run_id=run.id, state=JobState.DONE, finished_at=now())
    db.add(job)
    db.flush()
    return job


def get_job(job_id: str) -> Job:
    """Return a job as it is now; NotFoundError when it has been deleted."""
    with session() as db:
        job = db.get(Job, job_id)
    if job is None:
        raise NotFoundError(f'There is no job "{job_id}".')
    return job


def wait_for_end(job_id: str) -> Job:
    """Return a job once it is finished, however long that takes; never called from a page."""
    while not (job := get_job(job_id)).state.is_final:
        time.sleep(0.5)
    return job


def list_jobs(
    kind: JobKind | None = None, limit: int | None = None
) -> Sequence[tuple[Job, Run | None]]:
    """Return jobs with their runs, the newest first."""
    query = select(Job, Run).join(Run, isouter=True).order_by(col(Job.created_at).desc())
    if kind:
        query = query.where(Job.kind == kind)
    with session() as db:
        return [(job, run) for job, run in db.exec(query.limit(limit))]


def active_jobs(kind: JobKind | None = None) -> list[tuple[Job, Run | None]]:
    """Return the jobs that are queued or running, with their runs, the oldest first."""
    query = select(Job, Run).join(Run, isouter=True).order_by(col(Job.created_at))
    query = query.where(col(Job.state).not_in(_FINAL))
    if kind:
        query = query.where(Job.kind == kind)
    with session() as db:
        return [(job, run) for job, run in db.exec(query)]


def states_of(job_ids: Collection[str]) -> dict[str, JobState]:
    """Return the states of those jobs that are still there, by id."""
    with session() as db:
        return {job.id: job.state for job in db.exec(select(Job).where(col(Job.id).in_(job_ids)))}


def recent_jobs(kind: JobKind, count: int) -> list[Job]:
    """Return the newest jobs of a kind and any older ones that are active, the newest first."""
    of_kind = select(Job).where(Job.kind == kind).order_by(col(Job.created_at).desc())
    newest = select(Job.id).where(Job.kind == kind).order_by(col(Job.created_at).desc())
    shown = or_(col(Job.state).not_in(_FINAL), col(Job.id).in_(newest.limit(count)))
    with session() as db:
        return list(db.exec(of_kind.where(shown)))


def waits_for(job: Job) -> list[Job]:
    """Return the jobs that have to be done before this one and are not done."""
    query = select(Job).join(Prerequisite, col(Job.id) == col(Prerequisite.needs))
    query = query.where(Prerequisite.job_id == job.id, Job.state != JobState.DONE)
    with session() as db:
        return list(db.exec(query.order_by(col(Job.created_at))))


def queue_position(job: Job) -> int:
    """Return how many jobs come before this one, running ones included."""
    before = (col(Job.state).in_(_HELD)) | (
        (col(Job.state) == JobState.QUEUED) & (col(Job.created_at) < job.created_at)
    )
    with session() as db:
        return db.exec(select(func.count()).select_from(Job).where(before)).one()


def heartbeat(holder: str) -> None:
    """Record that a worker is alive, and remove those that have been silent for a day."""
    with session() as db:
        db.execute(delete(Worker).where(col(Worker.seen_at) < now() - timedelta(days=1)))
        db.merge(Worker(name=holder, seen_at=now()))


def worker_is_alive() -> bool:
    """Whether any worker has sent a heartbeat lately."""
    query = select(Worker.name).where(Worker.seen_at > now() - LEASE)
    with session() as db:
        return db.exec(query.limit(1)).first() is not None


def claim(holder: str) -> Job | None:
    """Take the oldest queued job that waits for no other, in one statement, or return None."""
    first = aliased(Job)
    waits = (
        select(Prerequisite.job_id)
        .join(first, col(first.id) == col(Prerequisite.needs))
        .where(Prerequisite.job_id == Job.id, first.state != JobState.DONE)
        .correlate(Job)
    )
    oldest = (
        select(Job.id)
        .where(Job.state == JobState.QUEUED, ~waits.exists())
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
            started_at=func.coalesce(Job.started_at, literal(now(), UTCDateTime)),
            stage="Starting",
            error=None,
            slowed=False,
        )
        .returning(col(Job.id))
    )
    with session() as db:
        row = db.execute(statement).first()
        return db.get(Job, row[0]) if row else None


def _held(job_id: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (col(Job.id) == job_id, col(Job.holder) == holder, col(Job.state).in_(_HELD))


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
    """Store a job's progress; a new stage restarts the clock of its ETA.

    Raises:
        LeaseLostError: this holder has lost the job, so its results are not wanted.
    """
    with session() as db:
        confirm(db, job_id, holder)
        job = db.get_one(Job, job_id)
        values: dict[str, Any] = {"stage": stage, "done": done, "total": total}
        if job.stage != stage:
            values |= {"stage_started_at": now(), "stage_started_done": done}
        db.execute(update(Job).where(*_held(job_id, holder)).values(**values))


def mark_slowed(job_id: str, holder: str, slowed: bool) -> None:
    """Store whether other work slows a job down; nothing changes if this holder has lost it."""
    with session() as db:
        db.execute(update(Job).where(*_held(job_id, holder)).values(slowed=slowed))


def store_result(job_id: str, holder: str, result: dict[str, Any]) -> None:
    """Store the result of a job that has no table of its own for it.

    Raises:
        LeaseLostError: this holder has lost the job; nothing is stored.
    """
    with session() as db:
        confirm(db, job_id, holder)
        db.execute(update(Job).where(*_held(job_id, holder)).values(result=result))


def confirm(db: Session, job_id: str, holder: str) -> None:
    """Make sure that a holder keeps its job until the end of a transaction that stores results.

    Raises:
        LeaseLostError: it has lost the job, so the transaction must not be committed.
    """
    statement = update(Job).where(*_held(job_id, holder)).values(holder=holder)
    if db.execute(statement.returning(col(Job.id))).first() is None:
        raise LeaseLostError(f"Job {job_id} is no longer held by {holder}.")


def finish(job_id: str, holder: str, state: JobState, error: str | None = None) -> bool:
    """End a job; False when this holder has lost it, in which case nothing changes."""
    statement = (
        update(Job)
        .where(*_held(job_id, holder))
        .values(state=state, error=error, finished_at=now(), **_NO_LEASE)
        .returning(col(Job.id))
    )
    with session() as db:
        return db.execute(statement).first() is not None


def release(job_id: str, holder: str) -> None:
    """Put a running job back in the queue because its worker is asked to stop.

    One that is being cancelled ends instead.
    """
    held, cancelling = _held(job_id, holder), col(Job.state) == JobState.CANCELLING
    cancelled = {"state": JobState.CANCELLED, "finished_at": now()} | _NO_LEASE
    waiting = {"state": JobState.QUEUED, "stage": "Waiting to resume"} | _NO_LEASE
    waiting |= {"attempts": Job.attempts - 1}
    with session() as db:
        db.execute(update(Job).where(*held, cancelling).values(**cancelled))
        db.execute(update(Job).where(*held).values(**waiting))


def requeue(lapsed: Iterable[tuple[str, datetime]]) -> None:
    """Put jobs whose worker died back in the queue; end those that were being cancelled.

    A lease that was renewed in the meantime is left alone.
    """
    ended = _NO_LEASE | {"finished_at": now()}
    too_often = f"The worker died {MAX_ATTEMPTS} times during this job; see its log."
    cancelled = {"state": JobState.CANCELLED} | ended
    failed = {"state": JobState.FAILED, "error": too_often} | ended
    waiting = {"state": JobState.QUEUED, "stage": "Waiting to resume"} | _NO_LEASE
    for job_id, until in lapsed:
        unchanged = (col(Job.id) == job_id, col(Job.lease_until) == until)
        cancelling = col(Job.state) == JobState.CANCELLING
        exhausted = col(Job.attempts) >= MAX_ATTEMPTS
        with session() as db:
            db.execute(update(Job).where(*unchanged, cancelling).values(**cancelled))
            db.execute(update(Job).where(*unchanged, exhausted).values(**failed))
            db.execute(update(Job).where(*unchanged).values(**waiting))


def cancel(job_id: str) -> JobState:
    """Cancel a job: at once when queued, by its worker when running."""
    this_job = col(Job.id) == job_id
    queued, running = (col(Job.state) == state for state in (JobState.QUEUED, JobState.RUNNING))
    cancelled = {"state": JobState.CANCELLED, "finished_at": now()}
    with session() as db:
        db.execute(update(Job).where(this_job, queued).values(**cancelled))
        db.execute(update(Job).where(this_job, running).values(state=JobState.CANCELLING))
    return get_job(job_id).state


def retry(job_id: str) -> None:
    """Put a failed or cancelled job back in the queue; a finetune resumes from its checkpoint."""
    _put_back(job_id, JobState.FAILED, JobState.CANCELLED)


def rerun(job_id: str) -> None:
    """Put a job that is done back in the queue; it does only what is missing."""
    _put_back(job_id, JobState.DONE)


def extend(job_id: str, config: BaseModel) -> bool:
    """Give a finished job a larger configuration and put it back in the queue.

    It does only what is missing. Returns False, and changes nothing, if it is not finished.
    """
    return _put_back(job_id, *_FINAL, config=config.model_dump())


def _put_back(job_id: str, *states: JobState, **values: Any) -> bool:
    statement = update(Job).where(col(Job.id) == job_id, col(Job.state).in_(states))
    statement = statement.values(**_REQUEUED, **values)
    with session() as db:
        return db.execute(statement.returning(col(Job.id))).first() is not None


def delete_job(job_id: str) -> None:
    """Delete a finished job with everything that it stored.

    A finetune job's run, metrics, evaluations and files are deleted with it; the caller has asked
    for confirmation.

    Raises:
        UserError: the job is not finished yet.
    """
    with session() as db:
        job = db.get(Job, job_id)
        if job is None:
            return
        finished = (col(Job.id) == job.id, col(Job.state).in_(_FINAL))
        if db.execute(delete(Job).where(*finished).returning(col(Job.id))).first() is None:
            raise UserError("This job is not finished yet; cancel it first.")
        folder = folder_of(job)
        if job.run_id:
            db.execute(delete(Run).where(col(Run.id) == job.run_id))
    rmtree(folder, ignore_errors=True)
