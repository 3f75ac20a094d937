"""Launches of finetunings, page by page: a single run, or all runs of a batch."""

from sqlmodel import col, func, select

from backend.db import session
from models.tables import Job, JobKind, Run

Launch = list[tuple[Job, Run]]
"""The jobs of one launch with their runs, in the order in which they were queued."""

_KEY = func.coalesce(Run.batch, Run.id)
"""What the runs of one launch share."""


def newest_launches(count: int) -> list[Launch]:
    """Return the newest launches, the newest first."""
    keys = select(_KEY).join(Job, col(Job.run_id) == Run.id).where(Job.kind == JobKind.FINETUNE)
    newest = keys.group_by(_KEY).order_by(func.max(col(Job.created_at)).desc()).limit(count)
    query = select(Job, Run).join(Run).where(Job.kind == JobKind.FINETUNE, _KEY.in_(newest))
    launches: dict[str, Launch] = {}
    with session() as db:
        for job, run in db.exec(query.order_by(col(Job.created_at).desc())):
            launches.setdefault(run.batch or run.id, []).insert(0, (job, run))
    return list(launches.values())


def launch_of(job_id: str) -> Launch:
    """Return the launch that a job belongs to; empty if there is no such job."""
    key = select(_KEY).join(Job, col(Job.run_id) == Run.id).where(Job.id == job_id)
    query = select(Job, Run).join(Run).where(Job.kind == JobKind.FINETUNE, _KEY.in_(key))
    with session() as db:
        return [(job, run) for job, run in db.exec(query.order_by(col(Job.created_at)))]
