"""Have the provider of a hosted model finetune it, from the rows to the finetuned model's name.

A killed attempt leaves a note of the provider's job (`provider_jobs.py`), and the next attempt
resumes that job: nothing is started, or paid for, twice.
"""

import json
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.job_create_params import JobCreateParams
from openai.types.fine_tuning.supervised_hyperparameters_param import SupervisedHyperparametersParam
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from backend.config import code_version, package_versions, settings
from backend.datasets.loading import Dataset
from backend.db import session
from backend.errors import UserError
from backend.files import sha256_of
from backend.hosted.budget import reserve
from backend.hosted.prices import priced
from backend.hosted.provider import (
    FIRST_PAUSE,
    GROWTH,
    LONGEST_PAUSE,
    OVER,
    NoAnswerError,
    Provider,
    words,
)
from backend.hosted.provider_jobs import Note, billed, reserved
from backend.jobs.progress import Progress
from backend.runs.checks import checked_dataset, unchanged_dataset
from backend.runs.costs import max_training_dollars
from backend.runs.queries import get_run
from backend.runs.steps import planned_steps
from backend.training.self_distillation import ROWS, written_examples
from models.configs import RunConfig
from models.tables import Metric, Run, now

STAGES = {
    "validating_files": "The provider checks the rows",
    "queued": "Waiting in the provider's queue",
    "running": "Training",
}
MEAN_OF = 10
"""Number of last steps whose mean loss is reported, as for local training."""
MAX_SUFFIX = 40


class Step(BaseModel):
    """The content of a metrics event; the provider may put anything in it."""

    model_config = ConfigDict(extra="ignore")

    step: int = Field(ge=0, lt=1_000_000_000)
    train_loss: FiniteFloat
    total_steps: int | None = Field(default=None, ge=1, lt=1_000_000_000)


class Curve:
    """The loss by step, from the provider's events."""

    def __init__(self, run_id: str, planned: int) -> None:
        """Start without losses, with the planned number of steps."""
        self.run_id = run_id
        self.total = planned
        self.losses: dict[int, float] = {}
        self.known: set[str] = set()

    @property
    def step(self) -> int:
        """The last step."""
        return max(self.losses, default=0)

    @property
    def loss(self) -> float | None:
        """The mean loss of the last steps, at most ten."""
        last = [self.losses[step] for step in sorted(self.losses)[-MEAN_OF:]]
        return sum(last) / len(last) if last else None

    def take(self, events: list[FineTuningJobEvent]) -> None:
        """Log new events and store their metrics; repeating it after a restart changes nothing."""
        for event in events:
            self.known.add(event.id)
            print(words(getattr(event, "message", "")), flush=True)  # noqa: T201  (the job's log)
            with suppress(ValidationError):
                self._store(Step.model_validate(event.data))

    def _store(self, reported: Step) -> None:
        self.losses[reported.step] = reported.train_loss
        self.total = max(reported.total_steps or self.total, reported.step)
        metric = Metric(
            run_id=self.run_id,
            step=reported.step,
            loss=reported.train_loss,
            learning_rate=0,
            tokens_per_second=0,
        )
        with session() as db:
            db.merge(metric)


def run_provider_tuning(run: Run, progress: Progress, provider: Provider | None = None) -> None:
    """Have the provider finetune a run's base model; a finished run is left as it is.

    Raises:
        UserError: the provider refuses or fails, the budget is too small, or the dataset has
            changed since the run was submitted.
    """
    if run.summary is not None:
        return
    folder = settings().run_folder(run.id)
    folder.mkdir(parents=True, exist_ok=True)
    config = RunConfig(**run.config)
    progress.report("Reading the dataset")
    dataset = unchanged_dataset(run)
    rows = len(written_examples(dataset, config, folder, progress))
    provider = provider or Provider()
    started = _begin(provider, run, config, dataset, progress)
    note = Note.read(run.id) or Note(
        run=run.id, base_model=run.base_model, file=str(getattr(started, "training_file", ""))
    )
    if note.job != started.id:
        note = note.model_copy(update={"job": started.id})
        note.write()
    curve = Curve(run.id, planned_steps(config, rows))
    ended = _watch(provider, started.id, curve, progress)
    if ended.status != "succeeded" or not ended.fine_tuned_model:
        note.settle(ended.id, billed(ended) or (0 if ended.status == "failed" else None))
        raise UserError(_reason(ended))
    meta = _lineage(run, ended, curve)
    meta["rows"] = {"trained": rows, "sha256": sha256_of(folder / ROWS)}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), "utf-8")
    note.settle(ended.id, billed(ended))
    with session() as db:
        progress.confirm(db)
        get_run(run.id, db).summary = meta


def _begin(
    provider: Provider, run: Run, config: RunConfig, dataset: Dataset, progress: Progress
) -> FineTuningJob:
    """Return the run's job at the provider: the existing one, or a new one."""
    progress.report("Asking the provider")
    note = Note.read(run.id)
    if note and note.job:
        return provider.job(note.job)
    if existing := provider.find(run.id):
        return existing
    if note is None:  # Else what an earlier attempt has reserved would count twice.
        checked_dataset(config)  # Checked again: the budget may have been spent since.
        progress.report("Uploading the rows")
        file = provider.upload(settings().run_folder(run.id) / ROWS)
        note = Note(run=run.id, base_model=run.base_model, file=file)
        note.write()
    # A new stage checks the lease, so that only one attempt continues and pays.
    progress.report("Starting the provider's job")
    model = priced(run.base_model, run.base_model)
    try:
        reserve(model, max_training_dollars(dataset, config), reserved(run.id))
        return provider.find_or_create(run.id, _request(run, config, note.file))
    except NoAnswerError:
        raise  # The job may have started nevertheless: note and reservation stay.
    except UserError:
        note.settle(run.id, 0)
        raise


def _request(run: Run, config: RunConfig, file: str) -> JobCreateParams:
    suffix = re.sub(r"[^a-z0-9]+", "-", run.name.lower()).strip("-")
    told: SupervisedHyperparametersParam = {
        "n_epochs": config.epochs,
        "batch_size": config.batch_size,
    }
    if config.learning_rate_multiplier is not None:
        told["learning_rate_multiplier"] = config.learning_rate_multiplier
    return {
        "model": config.base_model,
        "training_file": file,
        "seed": config.seed,
        "suffix": suffix[:MAX_SUFFIX].strip("-"),
        "method": {"type": "supervised", "supervised": {"hyperparameters": told}},
    }


def _watch(provider: Provider, job_id: str, curve: Curve, progress: Progress) -> FineTuningJob:
    """Wait for a job's end, and report its progress."""
    pause = FIRST_PAUSE
    while True:
        job = provider.job(job_id)
        events = provider.events(job_id, curve.known)  # After the state, so that none is missed.
        curve.take(events)
        done, total = (curve.step, curve.total) if curve.losses else (0, 0)
        progress.report(STAGES.get(job.status, STAGES["running"]), done, total)
        if job.status in OVER:
            return job
        pause = FIRST_PAUSE if events else min(pause * GROWTH, LONGEST_PAUSE)
        time.sleep(pause)


def _reason(job: FineTuningJob) -> str:
    if job.status == "cancelled":
        return "The job was cancelled at the provider; a retry starts another."
    reason = words(getattr(job.error, "message", None) or "").rstrip(".")
    return f"The provider could not finetune it: {reason or 'it does not say why'}."


def _lineage(run: Run, job: FineTuningJob, curve: Curve) -> dict[str, Any]:
    """Return the provenance to which every number on a plot must be traceable."""
    # Other servers may report less than OpenAI's; the model is trained nevertheless.
    fields = job.model_dump(mode="json", warnings=False)
    started, ended = fields.get("created_at"), fields.get("finished_at")
    tokens = billed(job)
    return {
        "run": run.id,
        "config": run.config,
        "dataset_sha256": run.dataset_sha256,
        "base_model": run.base_model,
        "provider": urlsplit(settings().hosted_url).hostname,
        "provider_job": job.id,
        "provider_model": fields.get("model"),
        "fine_tuned_model": job.fine_tuned_model,
        "hyperparameters": fields.get("hyperparameters"),
        "provider_seed": fields.get("seed"),
        "trained_tokens": tokens,
        "dollars": tokens and priced(run.base_model, run.base_model).training_dollars(tokens),
        "code_version": code_version(),
        "libraries": package_versions("openai"),
        "steps": curve.step or None,
        "loss": curve.loss,
        "seconds": ended - started if isinstance(ended, int) and isinstance(started, int) else None,
        "finished_at": now().isoformat(),
    }
