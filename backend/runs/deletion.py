"""What goes with a run that is deleted: its evaluations, or its part of those of several runs."""

from typing import NamedTuple

from sqlmodel import col, select

from backend.db import session
from backend.errors import UserError
from backend.jobs.queue import delete_job
from models.tables import Job, JobKind, Run


class Doomed(NamedTuple):
    """Evaluations that a run is part of."""

    whole: list[Job]
    """Of no other run that is still there; they are deleted with it."""
    shared: list[Job]
    """Of other runs as well; they keep what those said."""


def evaluations_with(run_id: str) -> Doomed:
    """Return the evaluations that a run is part of."""
    query = select(Job).where(Job.kind == JobKind.EVALUATE).order_by(col(Job.created_at))
    with session() as db:
        jobs = [job for job in db.exec(query) if run_id in job.evaluation.run_ids]
        others = {key for job in jobs for key in job.evaluation.run_ids} - {run_id}
        kept = set(db.exec(select(Run.id).where(col(Run.id).in_(others))))
    shared = [job for job in jobs if kept & set(job.evaluation.run_ids)]
    return Doomed([job for job in jobs if job not in shared], shared)


def delete_run(job: Job) -> None:
    """Delete the run of a finished job with its files and the evaluations of it alone.

    Raises:
        UserError: the job, or an evaluation of the run, is not finished yet.
    """
    whole = evaluations_with(str(job.run_id)).whole
    if any(not evaluation.state.is_final for evaluation in whole):
        raise UserError("An evaluation of this run is not finished yet; cancel it first.")
    for evaluation in whole:
        delete_job(evaluation.id)
    delete_job(job.id)
