"""Evaluations that drew samples name the engine, also those from before it was recorded.

Until 26 November 2026 the engine was not stored, because it followed from the base model: hosted
models, which alone have costs, were asked at their provider; llama.cpp served every other model
with a GGUF file, and vLLM the rest.
"""

from pathlib import Path

from alembic import op
from sqlalchemy import Connection, Integer, String, column, exists, select, table

from backend.config import settings

revision = "0003"
down_revision = "0002"

evaluation = table(
    "evaluation",
    column("id", String),
    column("job_id", String),
    column("base_model", String),
    column("step", Integer),
    column("engine", String),
)
sample = table("sample", column("evaluation_id", String))
spending = table("spending", column("model", String))
folder = table("basemodelfolder", column("name", String), column("path", String))


def upgrade() -> None:
    """Name the engine of all models that a job sampled; it is the same for all of them."""
    connection = op.get_bind()
    drawn = select(evaluation.c.job_id).join(sample, sample.c.evaluation_id == evaluation.c.id)
    unnamed = evaluation.c.engine.is_(None) & evaluation.c.step.is_(None)
    unnamed &= evaluation.c.job_id.in_(drawn)
    base_models = select(evaluation.c.base_model).where(unnamed).distinct()
    for base_model in connection.scalars(base_models).all():
        of_it = evaluation.update().where(unnamed, evaluation.c.base_model == base_model)
        op.execute(of_it.values(engine=_engine_of(base_model, connection)))


def _engine_of(base_model: str, connection: Connection) -> str:
    if connection.scalar(select(exists().where(spending.c.model == base_model))):
        return "hosted"
    added = connection.scalar(select(folder.c.path).where(folder.c.name == base_model))
    weights = Path(added) if added else settings().home / "base_models" / base_model
    return "llama.cpp" if any(weights.glob("*.gguf")) else "vLLM"
