"""Descendants of a dataset: its runs, their evaluations and the base models made from them."""

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.datasets.loading import Dataset
from backend.db import session
from models.tables import BaseModelFolder, Evaluation, Run


class Descendant(BaseModel):
    """A run on the dataset, and what was made from it."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Its id."""
    name: str
    base_model: str
    seed: int
    finished: bool
    same_rows: bool
    """Whether the dataset is unchanged since the run was trained."""
    evaluations: list[str]
    """Ids of the jobs that evaluated it, newest first."""
    primed: str | None
    """Name of the base model that was made from it."""


def made_from(dataset: Dataset) -> list[Descendant]:
    """Return every run on a dataset, newest first."""
    trained = select(Run).where(Run.dataset == dataset.id).order_by(col(Run.created_at).desc())
    evaluated = select(Evaluation.run_id, Evaluation.job_id).where(col(Evaluation.step).is_(None))
    with session() as db:
        runs = db.exec(trained).all()
        jobs = db.exec(evaluated.order_by(col(Evaluation.created_at).desc())).all()
        primed = {
            (folder.lineage or {}).get("run"): folder.name
            for folder in db.exec(select(BaseModelFolder))
        }
    return [
        Descendant(
            run=run.id,
            name=run.name,
            base_model=run.base_model,
            seed=run.config["seed"],
            finished=run.summary is not None,
            same_rows=run.dataset_sha256 == dataset.sha256,
            evaluations=[job_id for run_id, job_id in jobs if run_id == run.id],
            primed=primed.get(run.id),
        )
        for run in runs
    ]
