"""Held-out rows: their loss decides early stopping and which checkpoint is the best.

Both are decided from the Trainer's log alone, which is part of each checkpoint, so an interrupted
run stops at the same step as an uninterrupted one.
"""

import random
from collections.abc import Sequence
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.base_models.tokenizer import TokenRow
from backend.runs.steps import held_out_count
from models.configs import RunConfig


class EarlyStopCallback(TrainerCallback):
    """Stops training when the held-out loss has not improved for a number of checkpoints."""

    def __init__(self, patience: int) -> None:
        """Set the number of checkpoints without improvement after which training stops."""
        self.patience = patience

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Stop if the patience is exhausted."""
        if patience_exhausted(state, self.patience):
            control.should_training_stop = True


def split(rows: Sequence[TokenRow], config: RunConfig) -> tuple[Sequence[TokenRow], list[TokenRow]]:
    """Return the rows to train on, in order, and the held-out rows, chosen by the run's seed."""
    count = held_out_count(config, len(rows))
    if not count:
        return rows, []
    held_out = set(random.Random(config.seed).sample(range(len(rows)), count))
    trained = [row for index, row in enumerate(rows) if index not in held_out]
    return trained, [rows[index] for index in sorted(held_out)]


def losses(state: TrainerState) -> dict[int, float]:
    """Return the held-out loss by step, in nats per label."""
    return {
        int(entry["step"]): entry["eval_loss"]
        for entry in state.log_history
        if "eval_loss" in entry
    }


def best_step(state: TrainerState) -> int | None:
    """Return the first step with the lowest held-out loss; None if no rows are held out."""
    by_step = losses(state)
    return min(by_step, key=lambda step: by_step[step]) if by_step else None


def patience_exhausted(state: TrainerState, patience: int) -> bool:
    """Whether `patience` checkpoints have been written since the best one."""
    best = best_step(state)
    return best is not None and sum(step > best for step in losses(state)) >= patience
