"""What came of a dataset: its runs, what probed them, and the base models made of them."""

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.datasets.loading import Dataset
from backend.db import session
from models.tables import BaseModelFolder, Evaluation, Run


class Descendant(BaseModel):
    """A run and what was made of it."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Its id."""
    name: str
    base_model: str
    seed: int
    finished: bool
    same_rows: bool
    """Whether the dataset still is what the run was trained on."""
    evaluations: list[str]
    """Ids of the jobs that asked it, the newest first."""
    primed: str | None
    """The base model that was made of it."""


def made_from(dataset: Dataset) -> list[Descendant]:
    """Return every run on a dataset, the newest first."""
    asked = select(Evaluation.run_id, Evaluation.job_id).where(col(Evaluation.step).is_(None))
    with session() as db:
        of_it = select(Run).where(Run.dataset == dataset.id).order_by(col(Run.created_at).desc())
        runs = db.exec(of_it).all()
        jobs = db.exec(asked.order_by(col(Evaluation.created_at).desc())).all()
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
            evaluations=[job for key, job in jobs if key == run.id],
            primed=primed.get(run.id),
        )
        for run in runs
    ]
