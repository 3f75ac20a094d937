"""Train and evaluate an experiment by the running lab, and record its evaluations.

What was trained before, on the same rows, by the same recipe and seed, is not trained again.
"""

from pathlib import Path

from sqlmodel import select

from backend.base_models.cards import primed_of
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.exports import replays
from backend.exports.evidence import keep, keep_plan
from backend.jobs.queue import wait_for_end
from backend.plans import drafts
from backend.plans.launching import launch, launched
from backend.probes.loading import load_probe
from backend.runs.submit import submit_priming, submit_run
from benchmarks.evidence.experiments import Experiment, Recording
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, RunConfig
from models.tables import Job, JobState, Run


def measure(experiment: Experiment) -> None:
    """Record every evaluation of an experiment.

    Raises:
        UserError: a job failed or was cancelled.
    """
    if experiment.plan:
        planned, *others = experiment.recordings
        job = _done(_planned(experiment.plan))
        keep(planned, replays.record(job.id))
        base, runs = job.evaluation.base_model, job.evaluation.run_ids
    else:
        others = list(experiment.recordings)
        base = _primed(experiment) if experiment.primed_on else EMBEDDED
        jobs = [_training(config) for config in experiment.configs(base)]
        runs = [str(_done(job).run_id) for job in jobs]
    for name in others:
        keep(name, replays.record(_done(_evaluation(experiment.recordings[name], base, runs)).id))


def _planned(name: str) -> Job:
    """Freeze and launch a shipped plan, unless that was done before; return its evaluation."""
    draft = drafts.read_draft(Path(name))
    config = drafts.plan_config(draft).model_dump()
    known = [plan for plan in drafts.list_plans() if plan.frozen_at and plan.config == config]
    plan = known[0] if known else drafts.create(draft)
    frozen = drafts.frozen(plan) if known else drafts.freeze(plan.id)
    keep_plan(name, frozen)
    with session() as db:
        job = launched(db, frozen)
    return job or launch(plan.id)


def _training(config: RunConfig) -> Job:
    """Return the job that trains a run, a new one where none has."""
    rows = load_dataset(config.dataset).sha256
    with session() as db:
        known = db.exec(select(Job, Run).where(Job.run_id == Run.id, Run.dataset_sha256 == rows))
        alike = [job for job, run in known if run.config == config.model_dump()]
    wanted = [job for job in alike if job.state in (JobState.DONE, JobState.RUNNING)] or alike
    return wanted[0] if wanted else submit_run(config)


def _evaluation(recording: Recording, base: str, runs: list[str]) -> Job:
    """Queue an evaluation."""
    config = EvaluationConfig(
        probe=recording.probe,
        base_model=base,
        run_ids=runs,
        samples_per_prompt=recording.samples,
        max_tokens=load_probe(recording.probe).max_tokens,
    )
    return submit_evaluation(config)


def _primed(experiment: Experiment) -> str:
    """Return the base model that a run on an experiment's documents becomes."""
    documents = str(experiment.primed_on)
    preset = load_dataset(documents).card.presets["Priming"]
    recipe = preset | {"precision": experiment.precision}
    run = str(_done(_training(RunConfig(dataset=documents, base_model=EMBEDDED, **recipe))).run_id)
    if not primed_of(run):
        _done(submit_priming(run))
    primed = primed_of(run)
    assert primed
    return primed.name


def _done(job: Job) -> Job:
    ended = wait_for_end(job.id)
    if ended.state != JobState.DONE:
        raise UserError(ended.error or f"Job {job.id} was {ended.state}.")
    return ended
