"""Submit finetunings and primings; name and rename runs."""

import re
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from backend.base_models.names import listed_names
from backend.datasets.loading import Dataset, load_dataset
from backend.db import lock_table, session
from backend.errors import UserError
from backend.jobs import queue
from backend.runs.batches import differences
from backend.runs.checks import checked_dataset
from backend.runs.queries import get_run
from models.configs import PrimeConfig, RunConfig
from models.tables import Job, JobKind, ModelName, Run, new_id

MAX_NAME = 80


def submit_run(config: RunConfig, name: str = "") -> Job:
    """Submit one finetuning; its run and its job are stored together or not at all.

    Raises:
        UserError: the dataset, base model, recipe or name is not valid.
    """
    return submit_runs([config], name)[0]


def submit_runs(configs: Sequence[RunConfig], name: str = "") -> list[Job]:
    """Submit finetunings, several as one batch: all of them or none.

    Args:
        configs: The runs' configurations, equal except for the fields that the batch varies.
        name: The run's name; in a batch it is followed by the values that vary.

    Raises:
        UserError: a dataset, base model, recipe or name is not valid.
    """
    datasets = [checked_dataset(config) for config in configs]
    with session() as db:
        return add_runs(db, configs, datasets, name)


def add_runs(
    db: Session, configs: Sequence[RunConfig], datasets: Sequence[Dataset], name: str = ""
) -> list[Job]:
    """Submit finetunings as part of a transaction, several as one batch.

    Args:
        db: The transaction.
        configs: The runs' configurations.
        datasets: Each one's dataset, as `checked_dataset` returns it.
        name: As for `submit_runs`.
    """
    batch = new_id() if len(configs) > 1 else None
    jobs = []
    lock_table(db, ModelName)  # Two processes may want the same name at once.
    names = _names(db, configs, name.strip())
    for config, dataset, run_name in zip(configs, datasets, names, strict=True):
        run = Run(
            name=run_name,
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
    """Submit a job that merges a run on documents into its base model, as a new base model.

    Raises:
        UserError: the run does not exist, has not finished, or was not trained on documents.
    """
    with session() as db:
        run = get_run(run_id, db)
        if run.summary is None:
            raise UserError(f"{run.name} has no adapter yet; wait until its job is done.")
        if not load_dataset(run.dataset).documents:
            raise UserError(
                f"{run.name} was trained on chats; only a run on documents primes a model."
            )
        return queue.submit(db, JobKind.PRIME, PrimeConfig(run_id=run.id))


def priming_job(run_id: str) -> Job | None:
    """Return the newest job that makes a base model of a run."""
    query = select(Job).where(Job.kind == JobKind.PRIME).order_by(col(Job.created_at).desc())
    with session() as db:
        return next((j for j in db.exec(query) if j.priming.run_id == run_id), None)


def default_name(config: RunConfig) -> str:
    """Return a run's default name: its dataset and its base model."""
    family = config.base_model.lower().removesuffix("-instruct")
    # The name of a hosted model may be of the form "owner/name:variant".
    family = re.sub(r"[^a-z0-9._-]+", "-", family)
    return f"{config.dataset.replace('_', '-')}-{family}"


def _names(db: Session, configs: Sequence[RunConfig], name: str) -> Iterator[str]:
    """Return free names with the values that vary; a default name always includes the seed."""
    for config, values in zip(configs, differences(configs), strict=True):
        seed = f"s{config.seed}"
        parts = [name or default_name(config), *values]
        if not name and seed not in values:
            parts.append(seed)
        yield _free_name(db, "-".join(parts))


def _free_name(db: Session, wanted: str, of_run: str | None = None) -> str:
    """Return a wanted name, followed by a number if another run has it."""
    name = "-".join(wanted.split())
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise UserError("A run's name may hold letters, digits, dots, hyphens and underscores.")
    if len(name) > MAX_NAME:
        raise UserError(f"A run's name may have at most {MAX_NAME} characters.")
    entries = db.exec(select(ModelName)).all()
    of_runs = {e.name: e.run_id for e in entries if e.run_id and e.run_id != e.name}
    fixed = listed_names() | {entry.name for entry in entries} - of_runs.keys()
    if name in fixed:
        raise UserError(f'Another model is already called "{name}"; choose another name.')
    taken = fixed | {other for other, run in of_runs.items() if run != of_run}
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def rename_run(run_id: str, name: str) -> str:
    """Rename a run and return its name, under which the gateway serves it from now on."""
    with session() as db:
        lock_table(db, ModelName)
        run = get_run(run_id, db)
        wanted = name.strip()
        if not wanted:
            raise UserError("A run needs a name.")
        run.name = _free_name(db, wanted, of_run=run.id)
        if run.name != "-".join(wanted.split()):
            raise UserError(f'Another run is already called "{wanted}"; choose another name.')
        return run.name
