"""Put finetunings and primings in the queue; name and rename runs."""

import re
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.jobs import queue
from backend.runs.batches import differences
from backend.runs.checks import dataset_for
from backend.runs.queries import get_run
from models.configs import PrimeConfig, RunConfig
from models.tables import Job, JobKind, Run, new_id

MAX_NAME = 80


def submit_run(config: RunConfig, name: str = "") -> Job:
    """Put one finetuning in the queue; its run and its job are written together or not at all.

    Raises:
        UserError: the dataset, base model, recipe or name can't be used.
    """
    return submit_runs([config], name)[0]


def submit_runs(configs: Sequence[RunConfig], name: str = "") -> list[Job]:
    """Put finetunings in the queue, several as one batch: all of them or none.

    Args:
        configs: Alike but for what the batch varies.
        name: Of the run; those of a batch have what varies behind it.

    Raises:
        UserError: a dataset, base model, recipe or name can't be used.
    """
    datasets = [dataset_for(config) for config in configs]
    batch = new_id() if len(configs) > 1 else None
    jobs = []
    with session() as db:
        names = _names(db, configs, name.strip())
        for config, dataset, own_name in zip(configs, datasets, names, strict=True):
            run = Run(
                name=own_name,
                dataset=dataset.id,
                dataset_sha256=dataset.sha256,
                base_model=config.base_model,
                config=config.model_dump(),
                batch=batch,
            )
            db.add(run)
            db.flush()
            jobs.append(queue.submit(db, JobKind.FINETUNE, run=run))
    return jobs


def submit_priming(run_id: str) -> Job:
    """Put the making of a base model out of a run on documents in the queue.

    Raises:
        UserError: the run is not there, has not finished, or is not on documents.
    """
    with session() as db:
        run = get_run(run_id, db)
        if run.summary is None:
            raise UserError(f"{run.name} has no adapter yet; wait until its job is done.")
        if not load_dataset(run.dataset).documents:
            raise UserError(f"{run.name} learned replies; only a run on documents primes a model.")
        return queue.submit(db, JobKind.PRIME, PrimeConfig(run_id=run.id))


def priming_job(run_id: str) -> Job | None:
    """Return the newest job that makes a base model out of a run."""
    query = select(Job).where(Job.kind == JobKind.PRIME).order_by(col(Job.created_at).desc())
    with session() as db:
        return next((j for j in db.exec(query) if j.priming.run_id == run_id), None)


def default_name(config: RunConfig) -> str:
    """Return a name that tells a run apart: dataset and base model's family."""
    family = config.base_model.lower().removesuffix("-instruct")
    family = re.sub(r"[^a-z0-9._-]+", "-", family)  # A host may call it "owner/name:variant".
    return f"{config.dataset.replace('_', '-')}-{family}"


def _names(db: Session, configs: Sequence[RunConfig], wished: str) -> Iterator[str]:
    """Return free names, each with what tells it apart; one that is made up always has its seed."""
    for config, behind in zip(configs, differences(configs), strict=True):
        seed = f"s{config.seed}"
        parts = [wished, *behind] if wished else [default_name(config), *behind]
        if not wished and seed not in behind:
            parts.append(seed)
        yield _free_name(db, "-".join(parts))


def _free_name(db: Session, wished: str, of_run: str | None = None) -> str:
    """Return the wished name, with a number behind it where another run has it already."""
    name = "-".join(wished.split())
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise UserError("A run's name may hold letters, digits, dots, hyphens and underscores.")
    if len(name) > MAX_NAME:
        raise UserError(f"A run's name may have at most {MAX_NAME} characters.")
    taken = set(db.exec(select(Run.name).where(Run.id != of_run)))
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def rename_run(run_id: str, name: str) -> str:
    """Give a run another name and return it; the gateway serves it under that at once."""
    with session() as db:
        run = get_run(run_id, db)
        wished = name.strip()
        if not wished:
            raise UserError("A run needs a name.")
        run.name = _free_name(db, wished, of_run=run.id)
        if run.name != "-".join(wished.split()):
            raise UserError(f'Another run is called "{wished}" already; choose another name.')
        return run.name
