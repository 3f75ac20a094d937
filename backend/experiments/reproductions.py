"""Queue a reproduction as a whole, and find it again.

Runs, evaluations and judgings are queued in one transaction. An evaluation waits in the queue for
its runs, and a judging for its evaluation, so whatever is killed meanwhile, the queue holds all
that is left to do.
"""

from itertools import groupby

from sqlmodel import Session, col, select

from backend.config import settings
from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.evaluation.submit import add_evaluation
from backend.experiments.protocols import Asked, Protocol, load_protocol
from backend.experiments.workload import asks_of, runs_of, workload_of
from backend.jobs import queue
from backend.runs.checks import checked_dataset
from backend.runs.submit import add_runs
from models.configs import EvaluationConfig, JudgeConfig, ReproductionConfig
from models.tables import Job, JobKind, JobState, Reproduction


def reproduce(config: ReproductionConfig) -> Reproduction:
    """Queue an experiment's runs, evaluations and judgings: all of them or none.

    Without a configured judge, everything else is queued; `judge` adds the judgings later.

    Raises:
        UserError: a run or an evaluation is not possible, or the same reproduction is in the queue.
    """
    workload_of(config)
    protocol = load_protocol(config.experiment)
    runs = runs_of(config, protocol)
    datasets = {run.dataset: checked_dataset(run) for run in runs}
    with session() as db:
        trainings = add_runs(db, runs, [datasets[run.dataset] for run in runs])
        run_ids = [str(job.run_id) for job in trainings]
        jobs = list(trainings)
        for ask in asks_of(config, protocol):
            wanted = ask.evaluation(config.base_model).model_dump() | {"run_ids": run_ids}
            evaluation = add_evaluation(db, EvaluationConfig(**wanted), after=trainings)
            jobs += [evaluation, *_add_judgings(db, ask, evaluation)]
        made = Reproduction(
            experiment=protocol.id,
            protocol_sha256=protocol.sha256,
            config=config.model_dump(),
            jobs=[job.id for job in jobs],
        )
        db.add(made)
    return made


def _add_judgings(db: Session, ask: Asked, evaluation: Job) -> list[Job]:
    """Queue the judgings of an evaluation; none if no judge is configured."""
    model = settings().judge_model
    if not model:
        return []
    by_prompts = groupby(ask.judges, key=lambda use: use.prompts)
    configs = [
        JudgeConfig(
            evaluation_job=evaluation.id,
            judges=[use.judge for use in uses],
            model=model,
            prompts=prompts,
        )
        for prompts, uses in by_prompts
    ]
    return [queue.submit(db, JobKind.JUDGE, each, after=[evaluation]) for each in configs]


def judge(made: Reproduction) -> None:
    """Queue the judgings by the judge that is configured now, unless they are there.

    Raises:
        UserError: no judge is configured, or its judgings are there already.
    """
    if not settings().judge_model:
        raise UserError("No judge is configured; set JUDGE_MODEL and restart the lab.")
    if not lacks_judgings(made):
        raise UserError("All answers of this reproduction are judged, or are about to be.")
    jobs = jobs_of(made)
    asks = {ask.probe: ask for ask in _protocol(made).asks}
    with session() as db:
        added = [
            judging
            for evaluation in jobs
            if evaluation.kind == JobKind.EVALUATE
            for judging in _add_judgings(db, asks[evaluation.evaluation.probe], evaluation)
        ]
        db.get_one(Reproduction, made.id).jobs = [*made.jobs, *(job.id for job in added)]


def lacks_judgings(made: Reproduction) -> bool:
    """Return whether judges are to be asked and no judging by the configured one is queued."""
    model, jobs = settings().judge_model, jobs_of(made)
    judged = any(job.kind == JobKind.JUDGE and job.judging.model == model for job in jobs)
    return any(ask.judges for ask in _protocol(made).asks) and not judged


def _protocol(made: Reproduction) -> Protocol:
    return load_protocol(made.experiment)


def list_reproductions() -> list[Reproduction]:
    """Return the reproductions, the newest first."""
    query = select(Reproduction).order_by(col(Reproduction.created_at).desc())
    with session() as db:
        return list(db.exec(query))


def get_reproduction(reproduction_id: str) -> Reproduction:
    """Return a reproduction as it is now; NotFoundError if there is none with that id."""
    with session() as db:
        made = db.get(Reproduction, reproduction_id)
    if made is None:
        raise NotFoundError(f'There is no reproduction "{reproduction_id}".')
    return made


def jobs_of(made: Reproduction) -> list[Job]:
    """Return a reproduction's jobs in their order, without those that were deleted."""
    with session() as db:
        found = {job.id: job for job in db.exec(select(Job).where(col(Job.id).in_(made.jobs)))}
    return [found[job_id] for job_id in made.jobs if job_id in found]


def cancel(made: Reproduction) -> None:
    """Cancel all jobs of a reproduction that are not finished; what is stored is kept."""
    # The last first, so that none is claimed because the one before it is over.
    for job in reversed(jobs_of(made)):
        if not job.state.is_final:
            queue.cancel(job.id)


def resume(made: Reproduction) -> None:
    """Put the failed and cancelled jobs of a reproduction back in the queue."""
    for job in jobs_of(made):
        if job.state in (JobState.FAILED, JobState.CANCELLED):
            queue.retry(job.id)
