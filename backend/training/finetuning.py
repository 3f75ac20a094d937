"""Finetune a base model on a dataset: `transformers.Trainer`, LoRA on every linear layer."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedModel, PrinterCallback, Trainer, TrainingArguments, set_seed

from backend.tokens import TokenRow
from backend.training.checkpoints import SealingCallback, clear_up, last_whole, step_of
from backend.training.collator import collate_tree
from backend.training.layout import TokenTree, token_tree
from backend.training.loading import load_base
from backend.training.precision import step_seconds
from backend.training.reporting import ReportingCallback
from models.configs import RunConfig

CHECKPOINTS = 5
"""Checkpoints written over a run, evenly spread; only the last two are kept."""
SCHEDULERS = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class TreeTrainer(Trainer):
    """A Trainer whose batches are token trees; logits exist for labelled positions only."""

    computed_tokens = 0
    """Tokens that went through the model so far, prompts included."""

    def compute_loss(  # type: ignore[override]
        self,
        model: nn.Module,
        inputs: dict[str, TokenTree],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Return the negative log-likelihood of the labels, in nats per label of the whole step.

        With accumulation a step has several batches; their losses add up to the step's mean.
        """
        tree = inputs["tree"]
        self.computed_tokens += tree.input_ids.shape[1]
        dtype = next(p.dtype for p in model.parameters() if not p.requires_grad)
        logits = model(**tree.model_inputs(dtype)).logits[0]
        total = nn.functional.cross_entropy(logits.float(), tree.targets, reduction="sum")
        return total / (num_items_in_batch or len(tree.targets))

    def get_batch_samples(
        self, epoch_iterator: Any, num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, TokenTree]], int]:
        """Return a step's batches and the number of their labels."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        return batches, sum(len(batch["tree"].targets) for batch in batches)

    def _prepare_inputs(  # type: ignore[override]
        self, inputs: dict[str, TokenTree]
    ) -> dict[str, TokenTree]:
        return {"tree": inputs["tree"].to(self.args.device)}


@dataclass(frozen=True)
class Training:
    """What a finished training leaves in memory."""

    model: PeftModel
    seconds: float
    """Time spent in training steps, in this process."""
    steps: int
    loss: float
    precision: str
    computed_tokens: int


def choose_precision(config: RunConfig, rows: Sequence[TokenRow], folder: Path) -> str:
    """Return the dtype's name; a resumed run keeps the one it began with."""
    note = folder / "precision.json"
    if note.is_file():
        return str(json.loads(note.read_text())["chosen"])
    if config.precision != "auto":
        timing: dict[str, float] = {}
        chosen: str = config.precision
    else:
        first = list(rows[: config.batch_size])
        tree = token_tree([row.ids for row in first], [row.trained for row in first])
        model = _with_adapter(load_base(config.base_model, torch.float32), config)
        timing = {name: step_seconds(model, tree, dtype) for name, dtype in DTYPES.items()}
        chosen = min(timing, key=lambda name: timing[name])
    note.write_text(json.dumps({"chosen": chosen, "step_seconds": timing}))
    return chosen


def _with_adapter(model: PreTrainedModel, config: RunConfig) -> Any:
    set_seed(config.seed)
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=0.0,
        use_rslora=config.method == "rslora",
        use_dora=config.method == "dora",
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora)


def finetune(
    config: RunConfig, rows: Sequence[TokenRow], folder: Path, callback: ReportingCallback
) -> Training:
    """Train, from the last checkpoint in `folder` where there is one.

    Args:
        config: The run's hyperparameters.
        rows: The tokenised dataset.
        folder: The run's folder; checkpoints go into `checkpoints/` below it.
        callback: Told of every step.
    """
    precision = choose_precision(config, rows, folder)
    model = _with_adapter(load_base(config.base_model, DTYPES[precision]), config)
    steps = planned_steps(config, len(rows))
    checkpoints = folder / "checkpoints"
    trainer = TreeTrainer(
        model=model,
        args=_arguments(config, checkpoints, steps),
        train_dataset=rows,
        data_collator=collate_tree,
        callbacks=[callback, SealingCallback()],
    )
    trainer.remove_callback(PrinterCallback)  # Ours prints the same, readably.
    callback.computed_tokens = lambda: trainer.computed_tokens
    # The loss above is divided by the step's labels already, and not by its batches once more.
    trainer.model_accepts_loss_kwargs = True
    resume = last_whole(checkpoints)
    started = time.perf_counter()
    if resume and step_of(resume) >= steps:
        # The Trainer would take one step more than there are.
        set_peft_model_state_dict(model, load_file(resume / "adapter_model.safetensors"))
    else:
        _train(trainer, resume, checkpoints)
    return Training(
        model=model,
        seconds=time.perf_counter() - started,
        steps=trainer.state.global_step or steps,
        loss=callback.mean_of_last_losses(),
        precision=precision,
        computed_tokens=trainer.computed_tokens,
    )


def _train(trainer: Trainer, resume: Path | None, checkpoints: Path) -> None:
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except Exception as error:
        clear_up(checkpoints, error)
        raise


def planned_steps(config: RunConfig, rows: int) -> int:
    """Return the number of optimizer steps of a run."""
    batches = -(-rows // config.batch_size)
    steps = -(-batches // config.accumulation) * config.epochs
    return min(steps, config.max_steps or steps)


def _arguments(config: RunConfig, checkpoints: Path, steps: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=config.batch_size,
        num_train_epochs=config.epochs,
        max_steps=config.max_steps or -1,
        learning_rate=config.learning_rate,
        lr_scheduler_type=SCHEDULERS[config.scheduler],
        warmup_steps=round(config.warmup * steps),
        gradient_accumulation_steps=config.accumulation,
        seed=config.seed,
        logging_steps=1,
        save_steps=max(1, steps // CHECKPOINTS),
        save_total_limit=2,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
    )


def save_adapter(model: PeftModel, folder: Path) -> Path:
    """Write the PEFT adapter to `folder/adapter`, whole or not at all."""
    scratch = folder / "adapter.part"
    shutil.rmtree(scratch, ignore_errors=True)
    model.save_pretrained(str(scratch), safe_serialization=True)
    target = folder / "adapter"
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)
    return target
