"""How long a queued job still waits, told from what was done before."""

import json

from backend.jobs.progress import remaining_seconds
from backend.jobs.queue import list_jobs
from models.tables import Job, JobState, Run, now


def waiting_seconds(job: Job) -> float | None:
    """Estimate when a queued job's turn comes, with one job after the other.

    What runs is told by its own pace, what waits by how long the newest of its like took. None
    where that can't be told of one of them.
    """
    found = list_jobs()
    took = {_work(each, run): _took(each) for each, run in reversed(found) if _took(each)}
    total = 0.0
    for each, run in found:
        if each.state == JobState.QUEUED and each.created_at < job.created_at:
            left = took.get(_work(each, run))
        elif each.state == JobState.QUEUED or each.state.is_final:
            continue
        else:
            left = remaining_seconds(each)
        if left is None:
            return None
        total += left
    return total


def _work(job: Job, run: Run | None) -> str:
    """Return what a job does but for its seed; jobs of one work take about as long."""
    config = dict(run.config if run else job.config or {})
    config.pop("seed", None)
    if "run_ids" in config:
        config["run_ids"] = len(config["run_ids"])
    return f"{job.kind} {json.dumps(config, sort_keys=True)}"


def _took(job: Job) -> float | None:
    """Return how many seconds a job took or will have taken; None where it was interrupted."""
    if job.started_at is None or job.attempts > 1:
        return None
    if job.state == JobState.DONE and job.finished_at:
        return (job.finished_at - job.started_at).total_seconds()
    left = remaining_seconds(job) if job.state == JobState.RUNNING else None
    return None if left is None else (now() - job.started_at).total_seconds() + left
