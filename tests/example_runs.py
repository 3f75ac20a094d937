"""Runs for tests: configurations of a few steps, and rows as a finished run leaves them."""

from pathlib import Path

from backend.config import settings
from backend.db import session
from backend.jobs.files import log_tail
from backend.jobs.queue import claim, get_job
from backend.runs.submit import submit_run
from backend.worker.child import main
from models.base_models import EMBEDDED
from models.configs import RunConfig
from models.tables import Job, JobState, Metric, Run
from tests.small_model import SMALL

STEPS = 20
"""Of a run on the small model, with a checkpoint every fourth step."""


def short_run(**changes: object) -> RunConfig:
    """Return the configuration of a run of a few steps on the embedded model."""
    values = {"dataset": "old_bird_names", "base_model": EMBEDDED, "rank": 4, "max_steps": 4}
    return RunConfig(**(values | {"precision": "float32"} | changes))


def small_run(**changes: object) -> RunConfig:
    """Return the configuration of a run on the small model."""
    return short_run(**({"base_model": SMALL, "max_steps": STEPS} | changes))


def finished_run(**changes: object) -> Run:
    """Store a run and its job as if it had been trained."""
    job = submit_run(short_run(**changes))
    with session() as db:
        run = db.get_one(Run, job.run_id)
        run.summary = {"adapter_sha256": "0"}
        db.get_one(Job, job.id).state = JobState.DONE
        db.add(Metric(run_id=run.id, step=1, loss=2.5, learning_rate=1e-3, tokens_per_second=99))
    return run


def work(job: Job) -> Job:
    """Do the job that is next in the queue in this process, as a worker's child does it."""
    assert claim("me")
    main(job.id, "me")
    ended = get_job(job.id)
    assert ended.state == JobState.DONE, ended.error or log_tail(job)
    return ended


def trained(config: RunConfig) -> Run:
    """Train a run in this process."""
    job = work(submit_run(config))
    with session() as db:
        return db.get_one(Run, job.run_id)


def folder_of(run: Run) -> Path:
    """Return the folder that holds a run's files."""
    return settings().run_folder(run.id)
