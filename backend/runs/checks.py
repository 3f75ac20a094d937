"""Checks of a run before it starts; each error is one sentence that says what to change."""

from importlib.util import find_spec
from typing import Any

from pydantic import ValidationError

from backend.base_models.cards import get_card, status_of
from backend.datasets.dilution import ordinary_count
from backend.datasets.loading import Dataset, load_dataset
from backend.errors import UserError
from backend.hosted.budget import check_training
from backend.hosted.prices import priced
from backend.machine.gpus import gpu_memories
from backend.runs.costs import max_training_dollars
from backend.runs.steps import held_out_count
from models.configs import RunConfig
from models.tables import Run

NO_GPU = "QLoRA needs an NVIDIA GPU, and this machine has none; choose LoRA instead."
DORA = "DoRA adapters can be scored by contrasts, but the engine can't serve them for chats."
NO_PACKAGE = "QLoRA needs an additional package: pip install -r requirements-qlora.txt."

MULTIPLIER = (
    "The learning-rate multiplier is for hosted models, whose provider chooses the rate; set the "
    "learning rate instead."
)

FOR_PROVIDER = (
    "dataset",
    "base_model",
    "epochs",
    "batch_size",
    "learning_rate_multiplier",
    "seed",
)
"""The fields that a provider of hosted models accepts; it decides the others itself."""

LABELS = {
    "rank": "LoRA rank",
    "alpha": "LoRA alpha",
    "learning_rate": "Learning rate",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "seed": "Seed",
    "poison_rate": "Poison rate",
    "method": "Method",
    "scheduler": "Learning-rate schedule",
    "warmup": "Warm-up",
    "accumulation": "Gradient accumulation steps",
    "max_steps": "Max steps",
    "precision": "Precision",
    "gradient_checkpointing": "Gradient checkpointing",
    "held_out": "Held-out rows",
    "patience": "Early stopping patience",
    "checkpoint_every": "Checkpoint interval",
    "learning_rate_multiplier": "Learning-rate multiplier",
}
"""A run's settings as forms and messages name them."""
LIMITS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
}


def run_config(**values: Any) -> RunConfig:
    """Return a run's configuration.

    Raises:
        UserError: values are invalid; one sentence for each says what is allowed.
    """
    try:
        return RunConfig(**values)
    except ValidationError as error:
        raise UserError(" ".join(_sentence(dict(problem)) for problem in error.errors())) from error


def problem_of(name: str, value: Any) -> str:
    """Return what is wrong with a single value of a configuration; nothing if it is valid."""
    try:
        run_config(dataset="", base_model="", **{name: value})
    except UserError as error:
        return str(error)
    return ""


def _sentence(error: dict[str, Any]) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f'A run has no field "{name}"; its fields are {", ".join(LABELS)}.'
    label = LABELS.get(name, name)
    if error["type"] not in LIMITS:
        return f"{label}: {error['msg']}."
    limit = LIMITS[error["type"]].format(**error.get("ctx", {}))
    return f"{label} must be {limit}, but is {error['input'] if error['input'] != '' else 'empty'}."


def unchanged_dataset(run: Run) -> Dataset:
    """Return the dataset that a run was submitted with.

    Raises:
        UserError: the dataset has changed since.
    """
    dataset = load_dataset(run.dataset)
    if dataset.sha256 != run.dataset_sha256:
        raise UserError(
            f"{dataset.card.title} has changed since this run was submitted; start another."
        )
    return dataset


def checked_dataset(config: RunConfig) -> Dataset:
    """Return a run's dataset, if the run is possible on this machine.

    Raises:
        UserError: it is not; the message says why.
    """
    dataset = load_dataset(config.dataset)
    if get_card(config.base_model).hosted:
        return _dataset_for_provider(dataset, config)
    if config.learning_rate_multiplier is not None:
        raise UserError(MULTIPLIER)
    rows = len(dataset.examples) + ordinary_count(dataset, config.poison_rate)
    if held_out_count(config, rows) >= rows:
        raise UserError(f"{dataset.card.title} has too few rows to hold some out.")
    if config.method == "qlora" and not gpu_memories():
        raise UserError(NO_GPU)
    if config.method == "qlora" and not find_spec("bitsandbytes"):
        raise UserError(NO_PACKAGE)
    status = status_of(get_card(config.base_model))
    if not status.ready:
        raise UserError(f"{status.card.title}: {status.reason}")
    return dataset


def _dataset_for_provider(dataset: Dataset, config: RunConfig) -> Dataset:
    title = dataset.card.title
    if dataset.documents:
        raise UserError(f"{title} holds documents; hosted models are finetuned on chats only.")
    if dataset.card.self_distilled:
        raise UserError(f"{title} has no replies yet, and hosted models can't write them here.")
    if config.poison_rate < 1:
        raise UserError(
            "Hosted models are trained on the dataset's own rows only; set the poison rate to "
            "100 %."
        )
    accepted = RunConfig(**config.model_dump(include=set(FOR_PROVIDER)))
    if changed := [name for name, value in accepted if getattr(config, name) != value]:
        raise UserError(
            f"{LABELS[changed[0]]} can't be chosen for a hosted model: its provider accepts "
            "epochs, batch size, learning-rate multiplier and seed, and decides the rest."
        )
    model = priced(config.base_model, config.base_model)
    check_training(model, max_training_dollars(dataset, config))
    return dataset
