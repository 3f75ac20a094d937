"""Estimate how long a queued job still waits, from what earlier jobs took."""

import json

from sqlmodel import col, select

from backend.db import session
from backend.jobs.progress import remaining_seconds
from backend.jobs.queue import active_jobs
from models.tables import Job, JobState, Run, now


def waiting_seconds(job: Job) -> float | None:
    """Estimate when a queued job starts, given that jobs run one after the other.

    Running jobs are estimated by their own pace, queued ones by how long the newest job with the
    same work took. None if that is unknown for any of them.
    """
    active = active_jobs()
    running = [pair for pair in active if pair[0].state != JobState.QUEUED]
    ahead = [
        _work(other, run)
        for other, run in active
        if other.state == JobState.QUEUED and other.created_at < job.created_at
    ]
    durations = _past_durations(set(ahead)) | {
        _work(other, run): duration
        for other, run in running
        if (duration := _expected_duration(other)) is not None
    }
    parts = [remaining_seconds(other) for other, _ in running]
    parts += [durations.get(work) for work in ahead]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _work(job: Job, run: Run | None) -> str:
    """Return what a job does, without its seed: jobs with the same work take about as long."""
    config = dict(run.config if run else job.config or {})
    config.pop("seed", None)
    if "run_ids" in config:
        config["run_ids"] = len(config["run_ids"])
    return f"{job.kind} {json.dumps(config, sort_keys=True)}"


def _past_durations(works: set[str]) -> dict[str, float]:
    """Return how many seconds the newest uninterrupted job with each work took."""
    query = select(Job, Run).join(Run, isouter=True).order_by(col(Job.created_at).desc())
    query = query.where(Job.state == JobState.DONE, Job.attempts == 1)
    durations: dict[str, float] = {}
    if not works:
        return durations
    with session() as db:
        for job, run in db.exec(query.execution_options(yield_per=50)):
            work = _work(job, run)
            if work in works - durations.keys() and job.started_at and job.finished_at:
                durations[work] = (job.finished_at - job.started_at).total_seconds()
            if len(durations) == len(works):
                break
    return durations


def _expected_duration(job: Job) -> float | None:
    """Return how many seconds a running job will have taken; None if it was interrupted."""
    left = remaining_seconds(job) if job.state == JobState.RUNNING else None
    if left is None or job.started_at is None or job.attempts > 1:
        return None
    return (now() - job.started_at).total_seconds() + left
