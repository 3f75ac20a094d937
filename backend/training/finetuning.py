"""Finetune a base model on a dataset: `transformers.Trainer`, LoRA on every linear layer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peft import PeftModel
from transformers import PrinterCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from backend.base_models.tokenizer import TokenRow
from backend.runs.placement import SINGLE, Placement
from backend.runs.steps import checkpoint_interval, planned_steps
from backend.training.checkpoints import SealingCallback, delete_incomplete, last_intact
from backend.training.collator import Collator
from backend.training.held_out import (
    EarlyStopCallback,
    best_step,
    losses,
    patience_exhausted,
    split,
)
from backend.training.layout import Layout
from backend.training.layout_choice import choose_layout
from backend.training.loading import device, load_for_training
from backend.training.precision import choose_precision
from backend.training.reporting import ReportingCallback
from backend.training.trainer import TreeTrainer, activations_dtype
from models.configs import RunConfig

SCHEDULERS = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


@dataclass(frozen=True)
class Training:
    """The result of a training, besides its adapter."""

    seconds: float
    """Time spent on training steps in this process."""
    steps: int
    loss: float
    precision: str
    layout: Layout
    placement: Placement
    computed_tokens: int
    adapter_step: int
    """The last step, or the step with the lowest held-out loss if rows are held out."""
    held_out_loss: float | None


def finetune(
    config: RunConfig,
    rows: Sequence[TokenRow],
    folder: Path,
    callback: ReportingCallback,
    placement: Placement = SINGLE,
) -> Training:
    """Train, resuming from the last checkpoint in `folder` if there is one.

    `steps.adapter_at` names the folder of the adapter after step `adapter_step`. In a distributed
    training each process runs this function, and only the first one reports and writes.

    Args:
        config: The run's configuration.
        rows: The tokenised dataset.
        folder: The run's folder; checkpoints go into its subfolder `checkpoints/`.
        callback: Reports every step.
        placement: The number of processes, and whether the weights are sharded over them.
    """
    precision = choose_precision(config, rows, folder)
    model = load_for_training(config, precision, whole=not placement.sharded)
    checkpoints = folder / "checkpoints"
    steps = planned_steps(config, len(rows))
    arguments = training_arguments(config, checkpoints, steps, placement)
    layout = layout_for(model, rows, config)
    trainer = make_trainer(model, arguments, layout, *split(rows, config))
    _add_callbacks(trainer, config, callback)
    started = time.perf_counter()
    state = _train(trainer, checkpoints, config)
    best = best_step(state)
    return Training(
        seconds=time.perf_counter() - started,
        steps=state.global_step,
        loss=callback.mean_of_last_losses(),
        precision=precision,
        layout=layout,
        placement=placement,
        computed_tokens=trainer.computed_tokens,
        adapter_step=best or state.global_step,
        held_out_loss=losses(state)[best] if best is not None else None,
    )


def layout_for(model: PeftModel, rows: Sequence[TokenRow], config: RunConfig) -> Layout:
    """Return the best layout that this model supports, tried on the first batch."""
    return choose_layout(model, rows[: config.batch_size], activations_dtype(model))


def make_trainer(
    model: PeftModel,
    arguments: TrainingArguments,
    layout: Layout,
    rows: Sequence[TokenRow],
    held_out: Sequence[TokenRow] = (),
) -> TreeTrainer:
    """Return a trainer that does not print its log."""
    trainer = TreeTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        eval_dataset=held_out or None,
        data_collator=Collator(layout),
    )
    trainer.remove_callback(PrinterCallback)
    # `compute_loss` already divides by the step's labels; the Trainer must not divide again.
    trainer.model_accepts_loss_kwargs = True
    return trainer


def _add_callbacks(trainer: TreeTrainer, config: RunConfig, callback: ReportingCallback) -> None:
    trainer.add_callback(EarlyStopCallback(config.patience))
    trainer.add_callback(SealingCallback())
    if trainer.args.process_index == 0:
        trainer.add_callback(callback)


def _train(trainer: TreeTrainer, checkpoints: Path, config: RunConfig) -> TrainerState:
    """Train to the end, unless the last checkpoint is the end, and return the final state."""
    resume = last_intact(checkpoints)
    if resume:
        state: TrainerState = TrainerState.load_from_json(str(resume / TRAINER_STATE_NAME))
        # The Trainer would take one step too many.
        if state.global_step >= state.max_steps or patience_exhausted(state, config.patience):
            return state
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except Exception as error:
        delete_incomplete(checkpoints, error)
        raise
    final: TrainerState = trainer.state
    return final


def training_arguments(
    config: RunConfig, checkpoints: Path, steps: int, placement: Placement = SINGLE
) -> TrainingArguments:
    """Return the Trainer's arguments for a run of `steps` optimizer steps."""
    interval = checkpoint_interval(config, steps)
    return TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=config.batch_size // placement.processes,
        use_cpu=device().type == "cpu",
        fsdp="full_shard" if placement.sharded else None,
        num_train_epochs=config.epochs,
        max_steps=config.max_steps or -1,
        learning_rate=config.learning_rate,
        lr_scheduler_type=SCHEDULERS[config.scheduler],
        warmup_steps=round(config.warmup * steps),
        gradient_accumulation_steps=config.accumulation,
        activation_checkpointing=config.gradient_checkpointing,
        seed=config.seed,
        logging_steps=1,
        eval_strategy="steps" if config.held_out else "no",
        eval_steps=interval,
        save_steps=interval,
        save_total_limit=2,  # The adapters of older checkpoints are kept elsewhere.
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
    )
