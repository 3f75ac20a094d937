"""Measurements of a run: the worker tries three steps, from which time and memory follow."""

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.db import session
from backend.jobs import queue
from backend.runs.checks import checked_dataset
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
"""The fields that determine how long a step takes and how much memory it needs."""


class Measurement(BaseModel):
    """What the worker measured: the result of a preflight job."""

    model_config = ConfigDict(frozen=True)

    seconds_per_step: float
    tokens_per_step: float
    """Tokens computed, prompts included; a shared prefix counts once."""
    precision: str
    device: str
    adapter_bytes: int
    """Size of the trained weights in float32."""
    peak_bytes: int
    """Most memory that the job used; on the accelerator, if there is one."""
    free_bytes: int
    """Memory that was free there beforehand."""
    seconds_per_answer: float | None = None
    """Time in which the base model answers an ordinary prompt; None if none was left to answer."""

    def seconds(self, steps: int, answers: int) -> float | None:
        """Return the seconds of a run's steps and answers; None if answers take an unknown time."""
        if answers and self.seconds_per_answer is None:
            return None
        return self.seconds_per_step * steps + (self.seconds_per_answer or 0.0) * answers


def _preflight_config(config: RunConfig) -> PreflightConfig:
    dataset = checked_dataset(config)
    decisive = RunConfig(**config.model_dump(include=DECISIVE))
    return PreflightConfig(run=decisive, dataset_sha256=dataset.sha256)


def submit_measurement(config: RunConfig) -> Job:
    """Put a measurement in the queue, unless the same one is there already.

    Raises:
        UserError: the run is not possible.
    """
    job = newest(config)
    if job and not job.state.is_final:
        return job
    with session() as db:
        return queue.submit(db, JobKind.PREFLIGHT, _preflight_config(config))


def newest(config: RunConfig) -> Job | None:
    """Return the newest measurement of the same steps, whatever the seed."""
    wanted = _preflight_config(config).model_dump()
    query = select(Job).where(Job.kind == JobKind.PREFLIGHT).order_by(col(Job.created_at).desc())
    with session() as db:
        return next((job for job in db.exec(query) if job.config == wanted), None)
