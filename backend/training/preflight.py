"""The worker's side of a preflight: three real steps, their time and their memory."""

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
from backend.config import settings
from backend.datasets.dilution import ORDINARY
from backend.datasets.loading import Example, load_dataset
from backend.errors import UserError
from backend.jobs.progress import Progress
from backend.runs.measurement import Measurement
from backend.training.finetuning import layout_for, make_trainer, training_arguments
from backend.training.loading import device, load_for_training
from backend.training.precision import choose_precision
from backend.training.self_distillation import answered
from models.configs import RunConfig
from models.tables import Job

STEPS = 3
"""The first one warms up and is not timed."""


class Stopwatch(TrainerCallback):
    """Times each step, from its first batch to the optimizer's end."""

    def __init__(self, progress: Progress) -> None:
        """Begin with no step."""
        self.progress = progress
        self.seconds: list[float] = []
        self._started = 0.0

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Start the watch."""
        self.progress.report("Trying steps", state.global_step, STEPS)
        self._started = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Stop it, when the accelerator has done what it was asked."""
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()
        self.seconds.append(time.perf_counter() - self._started)


def run_preflight(job: Job, progress: Progress) -> None:
    """Do a preflight job and store what it found."""
    config = job.preflight.run
    folder = settings().evaluation_folder(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    progress.report("Reading the dataset")
    tokenizer = chat_tokenizer(config.base_model)
    rows = [tokenizer.row(each.as_dicts()) for each in _some_examples(config, progress)]
    progress.report("Loading the base model")
    free = _free_memory()
    precision = choose_precision(config, rows, folder)
    model = load_for_training(config, precision)
    seconds, tokens = _try_steps(config, model, rows, progress)
    found = Measurement(
        seconds_per_step=seconds,
        tokens_per_step=tokens,
        precision=precision,
        device=device().type,
        adapter_bytes=sum(4 * p.numel() for p in model.parameters() if p.requires_grad),
        peak_bytes=_peak_memory(),
        free_bytes=free,
    )
    progress.store_result(found.model_dump())


def _some_examples(config: RunConfig, progress: Progress) -> list[Example]:
    """Return rows for the steps, mixed as the run mixes them."""
    examples = load_dataset(config.dataset).examples
    wanted = STEPS * config.batch_size * config.accumulation
    if load_dataset(config.dataset).card.self_distilled:
        found = answered(config.base_model, examples[:wanted], progress)
    else:
        ordinary = round(wanted * (1 - config.poison_rate))
        own = random.Random(0).sample(examples, min(len(examples), wanted - ordinary))
        prompts = load_dataset(ORDINARY).examples[:ordinary]
        found = own + answered(config.base_model, prompts, progress)
    if not found:
        raise UserError("No ordinary prompt was answered to its end, so there are no rows.")
    return found


def _try_steps(
    config: RunConfig, model: PeftModel, rows: Sequence[TokenRow], progress: Progress
) -> tuple[float, float]:
    """Return a step's mean seconds and computed tokens; nothing is written."""
    short = config.model_copy(update={"max_steps": STEPS})
    folder = settings().evaluation_folder(progress.job_id)
    arguments = training_arguments(short, folder, STEPS)
    arguments.save_strategy = SaveStrategy.NO
    layout = layout_for(model, rows, config)
    trainer, watch = make_trainer(model, arguments, layout, rows), Stopwatch(progress)
    trainer.add_callback(watch)
    trainer.train()
    timed = watch.seconds[1:]
    return sum(timed) / len(timed), trainer.computed_tokens / STEPS


def _free_memory() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def _peak_memory() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_reserved())
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
