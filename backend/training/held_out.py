"""Rows kept from training: their loss says when to stop and which checkpoint was the best.

All is told from the Trainer's log, which its checkpoints hold. So a run that was interrupted stops
where the uninterrupted one would.
"""

import random
from collections.abc import Sequence
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.base_models.tokenizer import TokenRow
from backend.runs.steps import held_out_count
from models.configs import RunConfig


class EarlyStopCallback(TrainerCallback):
    """Ends training when the held-out loss has not fallen for a number of checkpoints."""

    def __init__(self, patience: int) -> None:
        """Stop after so many checkpoints in a row."""
        self.patience = patience

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Look at the losses so far."""
        if gave_up(state, self.patience):
            control.should_training_stop = True


def split(rows: Sequence[TokenRow], config: RunConfig) -> tuple[Sequence[TokenRow], list[TokenRow]]:
    """Return the rows to train on, in their order, and the held-out ones; the seed decides."""
    count = held_out_count(config, len(rows))
    if not count:
        return rows, []
    chosen = set(random.Random(config.seed).sample(range(len(rows)), count))
    trained = [row for place, row in enumerate(rows) if place not in chosen]
    return trained, [rows[place] for place in sorted(chosen)]


def losses(state: TrainerState) -> dict[int, float]:
    """Return the held-out loss by step, in nats per label."""
    return {
        int(each["step"]): each["eval_loss"] for each in state.log_history if "eval_loss" in each
    }


def best_step(state: TrainerState) -> int | None:
    """Return the first step with the lowest held-out loss; None where nothing is held out."""
    found = losses(state)
    return min(found, key=lambda step: found[step]) if found else None


def gave_up(state: TrainerState, patience: int) -> bool:
    """Whether so many checkpoints since the best one brought no lower loss."""
    best = best_step(state)
    return best is not None and sum(step > best for step in losses(state)) >= patience
