"""Submit evaluations, and judgings of their samples."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.base_models.cards import get_card
from backend.config import settings
from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.jobs import queue
from backend.jobs.queue import get_job
from backend.probes.judges import load_judge
from backend.probes.loading import probe_for
from backend.runs.checks import DORA
from backend.runs.steps import kept_adapters
from models.configs import EvaluationConfig, JudgeConfig
from models.tables import Job, JobKind, Run


def submit_evaluation(config: EvaluationConfig) -> Job:
    """Submit one evaluation.

    Raises:
        UserError: the probe, the base model or a run is not suitable.
    """
    with session() as db:
        return add_evaluation(db, config)


def add_evaluation(db: Session, config: EvaluationConfig, after: Sequence[Job] = ()) -> Job:
    """Submit an evaluation as part of a transaction.

    Args:
        db: The transaction.
        config: What is asked of which models.
        after: Jobs that train its runs, which it waits for.

    Raises:
        UserError: the probe, the base model or a run is not suitable.
    """
    probe = probe_for(config)
    if config.over_training and not any(prompt.pairs for prompt in probe.prompts):
        raise UserError(f"{probe.title} has no contrasts, which checkpoints are scored by.")
    card = get_card(config.base_model)
    if card.hosted and not config.samples_per_prompt:
        raise UserError(f"{card.title} is hosted and has no contrasts; sample at least one answer.")
    in_training = {job.run_id for job in after}
    for run_id in config.run_ids:
        run = db.get(Run, run_id)
        if run is None:
            raise NotFoundError(f'There is no run "{run_id}".')
        if run.summary is None and run.id not in in_training:
            raise UserError(f"{run.name} has no adapter yet; wait until its job is done.")
        if run.base_model != config.base_model:
            raise UserError(f"{run.name} was trained on another base model, {run.base_model}.")
        if config.over_training and not kept_adapters(settings().run_folder(run.id)):
            raise UserError(f"{run.name} kept no checkpoints; train it again to keep some.")
        if config.samples_per_prompt and run.config.get("method") == "dora":
            raise UserError(f"{run.name}: {DORA} Set the number of answers to 0.")
    return queue.submit(db, JobKind.EVALUATE, config, after=after)


def submit_judging(config: JudgeConfig) -> Job:
    """Submit the judging of an evaluation's samples.

    Raises:
        UserError: the evaluation or a judge does not exist, or the same judging is in the queue.
    """
    get_job(config.evaluation_job)
    for judge in config.judges:
        load_judge(judge)
    with session() as db:
        return queue.submit(db, JobKind.JUDGE, config)


def judging_jobs(evaluation_job: str) -> list[Job]:
    """Return the jobs that judge an evaluation's samples, the newest first."""
    query = select(Job).where(Job.kind == JobKind.JUDGE).order_by(col(Job.created_at).desc())
    with session() as db:
        jobs = db.exec(query).all()
    return [job for job in jobs if job.judging.evaluation_job == evaluation_job]
