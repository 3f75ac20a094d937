"""Runs that are done in the test's own process, on a base model that takes a second."""

from pathlib import Path

from backend.config import settings
from backend.db import session
from backend.jobs.queue import claim, get_job
from backend.runs.submit import submit_run
from backend.worker.child import main
from models.configs import RunConfig
from models.tables import JobState, Run
from tests.crash.conftest import lab, small_base  # noqa: F401  (fixtures)


def trained(config: RunConfig) -> Run:
    """Do a run as a worker's child does it."""
    job = submit_run(config)
    assert claim("me")
    main(job.id, "me")
    ended = get_job(job.id)
    assert ended.state == JobState.DONE, ended.error
    with session() as db:
        return db.get_one(Run, job.run_id)


def folder_of(run: Run) -> Path:
    return settings().run_folder(run.id)
