"""Finetune a base model on a dataset: `transformers.Trainer`, LoRA on every linear layer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peft import PeftModel
from transformers import PrinterCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from backend.base_models.tokenizer import TokenRow
from backend.runs.placement import ALONE, Placement
from backend.runs.steps import checkpoint_distance, planned_steps
from backend.training.checkpoints import SealingCallback, clear_up, last_whole
from backend.training.collator import Collator
from backend.training.held_out import EarlyStopCallback, best_step, gave_up, losses, split
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
    """What is known of a finished training, beside its adapter."""

    seconds: float
    """Time spent in training steps, in this process."""
    steps: int
    loss: float
    precision: str
    layout: Layout
    placement: Placement
    computed_tokens: int
    adapter_step: int
    """The step that the adapter is of: the last, or the best by its held-out loss."""
    held_out_loss: float | None


def finetune(
    config: RunConfig,
    rows: Sequence[TokenRow],
    folder: Path,
    callback: ReportingCallback,
    placement: Placement = ALONE,
) -> Training:
    """Train, from the last checkpoint in `folder` where there is one.

    The adapter is what `steps.adapter_at` keeps of the checkpoint that `adapter_step` names. Where
    several processes train together, each runs this, and the first one reports and writes.

    Args:
        config: The run's hyperparameters.
        rows: The tokenised dataset.
        folder: The run's folder; checkpoints go into `checkpoints/` below it.
        callback: Told of every step.
        placement: How many processes run this, and whether each holds a part of the weights.
    """
    precision = choose_precision(config, rows, folder)
    model = load_for_training(config, precision, whole=not placement.sharded)
    checkpoints = folder / "checkpoints"
    steps = planned_steps(config, len(rows))
    arguments = training_arguments(config, checkpoints, steps, placement)
    layout = layout_for(model, rows, config)
    trainer = make_trainer(model, arguments, layout, *split(rows, config))
    for each in (EarlyStopCallback(config.patience), SealingCallback()):
        trainer.add_callback(each)
    if arguments.process_index == 0:
        trainer.add_callback(callback)
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
    """Return the layout that this model takes, tried on the first rows."""
    return choose_layout(model, rows[: config.batch_size], activations_dtype(model))


def make_trainer(
    model: PeftModel,
    arguments: TrainingArguments,
    layout: Layout,
    rows: Sequence[TokenRow],
    held_out: Sequence[TokenRow] = (),
) -> TreeTrainer:
    """Return a trainer that prints nothing by itself."""
    trainer = TreeTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        eval_dataset=held_out or None,
        data_collator=Collator(layout),
    )
    trainer.remove_callback(PrinterCallback)
    # Its loss is divided by the step's labels already, and not by its batches once more.
    trainer.model_accepts_loss_kwargs = True
    return trainer


def _train(trainer: TreeTrainer, checkpoints: Path, config: RunConfig) -> TrainerState:
    """Train to the end, which the last checkpoint may have reached, and return the state then."""
    resume = last_whole(checkpoints)
    if resume:
        state: TrainerState = TrainerState.load_from_json(str(resume / TRAINER_STATE_NAME))
        # The Trainer would take one step more than there are.
        if state.global_step >= state.max_steps or gave_up(state, config.patience):
            return state
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except Exception as error:
        clear_up(checkpoints, error)
        raise
    reached: TrainerState = trainer.state
    return reached


def training_arguments(
    config: RunConfig, checkpoints: Path, steps: int, placement: Placement = ALONE
) -> TrainingArguments:
    """Return what the Trainer needs to know for a run of so many steps."""
    distance = checkpoint_distance(config, steps)
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
        eval_steps=distance,
        save_steps=distance,
        save_total_limit=2,  # Of the states to go on from; every checkpoint's adapter is kept.
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
    )
