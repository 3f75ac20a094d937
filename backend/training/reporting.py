"""Store the metrics of each training step in the database while it runs."""

import time
from typing import Any

from sqlmodel import col, delete, select
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.db import session
from backend.jobs.progress import Progress
from models.tables import Metric

MEAN_OF = 10
"""Steps averaged in a run's reported loss."""


class ReportingCallback(TrainerCallback):
    """Stores a metric for every step and keeps the job's progress up to date."""

    def __init__(self, run_id: str, progress: Progress) -> None:
        """Report for one run through its job's progress."""
        self.run_id = run_id
        self.progress = progress
        self._last = (time.perf_counter(), 0)

    def mean_of_last_losses(self) -> float:
        """Return the mean loss of the last ten steps, since single batches are noisy.

        It is read from the database, as a resumed run has not seen all of these steps itself.
        """
        newest = select(Metric.loss).where(Metric.run_id == self.run_id)
        with session() as db:
            losses = db.exec(newest.order_by(col(Metric.step).desc()).limit(MEAN_OF)).all()
        return sum(losses) / len(losses)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Delete metrics that an interrupted attempt wrote after its last checkpoint."""
        later = (col(Metric.run_id) == self.run_id, col(Metric.step) > state.global_step)
        with session() as db:
            db.execute(delete(Metric).where(*later))
        self._last = (time.perf_counter(), 0)
        self.progress.report("Training", state.global_step, state.max_steps)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Store a step's loss, learning rate and speed, or its held-out loss."""
        if logs and "eval_loss" in logs:
            self._store_held_out(state.global_step, logs["eval_loss"])
        if not logs or "loss" not in logs:
            return
        now, tokens = time.perf_counter(), int(logs["computed_tokens"])
        speed = (tokens - self._last[1]) / max(now - self._last[0], 1e-9)
        self._last = (now, tokens)
        metric = Metric(
            run_id=self.run_id,
            step=state.global_step,
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            tokens_per_second=speed,
        )
        with session() as db:
            db.merge(metric)
        print(  # noqa: T201  (the output is the job's log)
            f"step {metric.step}/{state.max_steps}  loss {metric.loss:.4f}  "
            f"lr {metric.learning_rate:.2e}  {speed:,.0f} tokens/s",
            flush=True,
        )
        self.progress.report("Training", state.global_step, state.max_steps)

    def _store_held_out(self, step: int, loss: float) -> None:
        with session() as db:
            db.get_one(Metric, (self.run_id, step)).held_out_loss = loss
        print(f"step {step}: held-out loss {loss:.4f}", flush=True)  # noqa: T201
