"""Three steps of a run, tried by the worker, and what they tell about the whole."""

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.db import session
from backend.jobs import queue
from backend.runs.checks import dataset_for
from models.configs import PreflightConfig, RunConfig
from models.tables import Job, JobKind

DECISIVE = {
    "dataset",
    "base_model",
    "method",
    "rank",
    "batch_size",
    "accumulation",
    "poison_rate",
    "precision",
    "gradient_checkpointing",
}
"""What decides how long a step takes and how much memory it needs."""


class Measurement(BaseModel):
    """What the worker found; the result of a preflight job."""

    model_config = ConfigDict(frozen=True)

    seconds_per_step: float
    tokens_per_step: float
    """Computed ones, prompts included, each shared one once."""
    precision: str
    device: str
    adapter_bytes: int
    """Of the trained weights in float32."""
    peak_bytes: int
    """Most memory that the job used, on the accelerator where there is one."""
    free_bytes: int
    """Memory that was free there before."""


def _asked(config: RunConfig) -> PreflightConfig:
    dataset = dataset_for(config)
    decisive = RunConfig(**config.model_dump(include=DECISIVE))
    return PreflightConfig(run=decisive, dataset_sha256=dataset.sha256)


def measure(config: RunConfig) -> Job:
    """Put a measurement in the queue, unless the same is there already.

    Raises:
        UserError: the run is not possible.
    """
    job = newest(config)
    if job and not job.state.is_final:
        return job
    with session() as db:
        return queue.submit(db, JobKind.PREFLIGHT, _asked(config))


def newest(config: RunConfig) -> Job | None:
    """Return the newest measurement of a run that takes the same steps, whatever its seed."""
    asked = _asked(config).model_dump()
    query = select(Job).where(Job.kind == JobKind.PREFLIGHT).order_by(col(Job.created_at).desc())
    with session() as db:
        return next((job for job in db.exec(query) if job.config == asked), None)
