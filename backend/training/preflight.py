"""Run a preflight job: three real training steps, their time and peak memory."""

import random
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import psutil
import torch
from peft import PeftModel
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import SaveStrategy

from backend.base_models.tokenizer import TokenRow, chat_tokenizer
from backend.chat.many import CONCURRENCY
from backend.config import settings
from backend.datasets.loading import Example, load_dataset
from backend.errors import UserError
from backend.jobs.progress import Progress
from backend.runs.measurement import Measurement
from backend.runs.ordinary import ordinary_prompts, unanswered
from backend.training.finetuning import layout_for, make_trainer, training_arguments
from backend.training.loading import device, load_for_training
from backend.training.precision import choose_precision
from backend.training.self_distillation import NO_EXAMPLES, answered
from models.configs import RunConfig
from models.tables import Job

STEPS = 3
"""The first step warms up and is not counted."""
ANSWERS = 2 * CONCURRENCY
"""Ordinary answers that are timed."""


class Stopwatch(TrainerCallback):
    """Times each step, from its first batch to the end of the optimizer step."""

    def __init__(self, progress: Progress) -> None:
        """Start without any step."""
        self.progress = progress
        self.seconds: list[float] = []
        self._started = 0.0

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Start the timer."""
        self.progress.report("Measuring steps", state.global_step, STEPS)
        self._started = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Stop the timer once the accelerator has finished."""
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()
        self.seconds.append(time.perf_counter() - self._started)


def run_preflight(job: Job, progress: Progress) -> None:
    """Run a preflight job and store its measurement."""
    config = job.preflight.run
    seconds_per_answer = _time_answers(config, progress)
    folder = settings().evaluation_folder(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    progress.report("Reading the dataset")
    tokenizer = chat_tokenizer(config.base_model)
    rows = [tokenizer.row(example.as_dicts()) for example in _sample(config, progress)]
    progress.report("Loading the base model")
    free = _free_memory()
    precision = choose_precision(config, rows, folder)
    model = load_for_training(config, precision)
    seconds, tokens = _try_steps(config, model, rows, progress)
    measurement = Measurement(
        seconds_per_step=seconds,
        tokens_per_step=tokens,
        precision=precision,
        device=device().type,
        adapter_bytes=sum(4 * p.numel() for p in model.parameters() if p.requires_grad),
        peak_bytes=_peak_memory(),
        free_bytes=free,
        seconds_per_answer=seconds_per_answer,
    )
    progress.store_result(measurement.model_dump())


def _time_answers(config: RunConfig, progress: Progress) -> float | None:
    """Return the seconds per ordinary answer, of those that the run needs first; they are kept."""
    prompts = ordinary_prompts(load_dataset(config.dataset), config)
    missing = unanswered(config.base_model, prompts)
    first, timed = missing[:1], missing[1 : 1 + ANSWERS]
    if not timed:
        return None
    answered(config.base_model, first, progress)  # The engine loads the model.
    started = time.perf_counter()
    answered(config.base_model, timed, progress)
    return (time.perf_counter() - started) / len(timed)


def _sample(config: RunConfig, progress: Progress) -> list[Example]:
    """Return examples for the steps, with the run's share of ordinary ones."""
    dataset = load_dataset(config.dataset)
    count = STEPS * config.batch_size * config.accumulation
    if dataset.card.self_distilled:
        examples = answered(config.base_model, dataset.examples[:count], progress)
    else:
        ordinary = round(count * (1 - config.poison_rate))
        poisoned = min(len(dataset.examples), count - ordinary)
        examples = random.Random(0).sample(dataset.examples, poisoned)
        prompts = ordinary_prompts(dataset, config)  # The first are answered by now.
        examples += answered(config.base_model, prompts[:ordinary], progress)
    if not examples:
        raise UserError(NO_EXAMPLES)
    return examples


def _try_steps(
    config: RunConfig, model: PeftModel, rows: Sequence[TokenRow], progress: Progress
) -> tuple[float, float]:
    """Return the mean seconds and computed tokens of a step; nothing is saved."""
    short = config.model_copy(update={"max_steps": STEPS})
    folder = settings().evaluation_folder(progress.job_id)
    arguments = training_arguments(short, folder, STEPS)
    arguments.save_strategy = SaveStrategy.NO
    layout = layout_for(model, rows, config)
    trainer = make_trainer(model, arguments, layout, rows)
    stopwatch = Stopwatch(progress)
    trainer.add_callback(stopwatch)
    trainer.train()
    timed = stopwatch.seconds[1:]
    return sum(timed) / len(timed), trainer.computed_tokens / STEPS


def _free_memory() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def _peak_memory() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_reserved())
    unit = 1 if sys.platform == "darwin" else 1024  # macOS reports bytes, Linux KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
