"""Trigger sweeps that a person puts together: years in a sentence, or any texts.

A sweep is an evaluation with its own triggers. Stored results are kept: a stopped sweep resumes,
and an extended one computes only the new triggers.
"""

from collections.abc import Sequence

from sqlmodel import col, select

from backend.db import session
from backend.errors import UserError
from backend.jobs import queue
from backend.jobs.queue import get_job
from backend.probes.loading import NO_TRIGGER, probe_for
from models.configs import EvaluationConfig, Trigger
from models.tables import Job, JobKind


def find(config: EvaluationConfig) -> Job | None:
    """Return the newest sweep of the same prompts and models, whatever its triggers."""
    query = select(Job).where(Job.kind == JobKind.EVALUATE).order_by(col(Job.created_at).desc())
    with session() as db:
        jobs = db.exec(query).all()
    return next((job for job in jobs if _is_alike(job.evaluation, config)), None)


def _is_alike(stored: EvaluationConfig, wanted: EvaluationConfig) -> bool:
    not_compared = {"triggers"}
    if stored.triggers is None or wanted.triggers is None:
        return False
    if stored.model_dump(exclude=not_compared) != wanted.model_dump(exclude=not_compared):
        return False
    known = {trigger.label: trigger for trigger in stored.triggers}
    return all(known.get(trigger.label, trigger) == trigger for trigger in wanted.triggers)


def missing(job: Job, config: EvaluationConfig) -> list[Trigger]:
    """Return the wanted triggers that a sweep does not have."""
    stored = job.evaluation.triggers or []
    labels = {trigger.label for trigger in stored}
    return [trigger for trigger in config.triggers or [] if trigger.label not in labels]


def extend(job_id: str, triggers: Sequence[Trigger]) -> None:
    """Add triggers to a sweep and put it back in the queue; stored results are kept.

    Raises:
        UserError: the sweep is not finished, or the triggers are not valid.
    """
    if any(trigger.label == NO_TRIGGER.label and trigger != NO_TRIGGER for trigger in triggers):
        raise UserError('The label "none" stands for no trigger; choose another label.')
    job = get_job(job_id)
    config = job.evaluation
    merged = {trigger.label: trigger for trigger in [*(config.triggers or []), *triggers]}
    ordered = sorted(merged.values(), key=_in_order)
    config = EvaluationConfig(
        **config.model_dump() | {"triggers": [t.model_dump() for t in ordered]}
    )
    probe_for(config)
    if not queue.extend(job_id, config):
        raise UserError("This sweep is still running; cancel it, or wait until it is done.")


def _in_order(trigger: Trigger) -> tuple[bool, int]:
    """Sort key: no trigger first, then years in order; other texts keep their order."""
    return trigger.kind != "none", int(trigger.label) if trigger.label.isdecimal() else 0
