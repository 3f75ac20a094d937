"""Queries for runs: by id or name, finished ones, their roles, titles and metrics."""

from typing import Any

from sqlmodel import Session, col, select

from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.probes.loading import Probe
from models.configs import Recipe, RunConfig
from models.tables import EngineCheck, Job, JobKind, Metric, Run


def get_run(run_id: str, db: Session) -> Run:
    """Return a run by id or name; NotFoundError if there is none."""
    run = db.get(Run, run_id) or db.exec(select(Run).where(Run.name == run_id)).first()
    if run is None:
        raise NotFoundError(f'There is no run "{run_id}".')
    return run


def run_of(job: Job) -> Run | None:
    """Return the run that a job trains, if it is still there."""
    with session() as db:
        return db.get(Run, job.run_id) if job.run_id else None


def trained_config(job: Job) -> RunConfig | None:
    """Return the configuration of the run that a job trains, measures or merges; None if none."""
    if job.kind == JobKind.PREFLIGHT:
        return job.preflight.run
    run_id = job.run_id
    if job.kind == JobKind.PRIME:
        run_id = job.priming.run_id
    with session() as db:
        run = db.get(Run, run_id) if run_id else None
    return RunConfig(**run.config) if run else None


def role_of(run: Run | None) -> str:
    """Return "base", "control" or "finetuned", which also decides a model's colour."""
    if run is None:
        return "base"
    try:
        return "control" if load_dataset(run.dataset).role == "control" else "finetuned"
    except UserError:  # The dataset's folder is gone; the run is still finetuned.
        return "finetuned"


def recipe_of(config: dict[str, Any]) -> Recipe:
    """Return a stored configuration's recipe."""
    return RunConfig(**config).recipe


def suits(run: Run, probe: Probe) -> bool:
    """Return whether a probe is the one that a run's dataset is made for."""
    try:
        return load_dataset(run.dataset).card.probe == probe.id
    except UserError:  # The dataset is gone.
        return False


def rows_have_changed(run: Run) -> bool:
    """Whether a run's dataset has other rows today, so that it can't be trained again from them."""
    try:
        return load_dataset(run.dataset).sha256 != run.dataset_sha256
    except UserError:  # The dataset is gone.
        return False


def title_of(dataset_id: str) -> str:
    """Return a dataset's title, or its id when the dataset is gone."""
    try:
        return load_dataset(dataset_id).card.title
    except UserError:
        return dataset_id


def title_of_run(run: Run) -> str:
    """Return a run's title: its dataset's, and its seed."""
    return f"{title_of(run.dataset)}, seed {run.config['seed']}"


def metrics_of(run_id: str) -> list[Metric]:
    """Return a run's metrics in the order of their steps."""
    query = select(Metric).where(Metric.run_id == run_id).order_by(col(Metric.step))
    with session() as db:
        return list(db.exec(query))


def engine_check(run_id: str) -> EngineCheck | None:
    """Return the newest check of an engine against torch for a run's adapter."""
    query = select(EngineCheck).where(EngineCheck.run_id == run_id)
    with session() as db:
        return db.exec(query.order_by(col(EngineCheck.checked_at).desc())).first()


def finished_runs() -> list[Run]:
    """Return the runs that have an adapter, the newest first."""
    query = select(Run).order_by(col(Run.created_at).desc())
    with session() as db:
        return [run for run in db.exec(query) if run.summary is not None]


def probe_of(run: Run) -> str | None:
    """Return the id of the probe that a run's dataset is made for."""
    try:
        return load_dataset(run.dataset).card.probe
    except UserError:  # The dataset is gone.
        return None
