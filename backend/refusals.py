"""What a run is refused for before it starts, each in one sentence."""

import shutil
from importlib.util import find_spec
from typing import Any

from pydantic import ValidationError

from backend.base_models import get_card, status_of
from backend.datasets import Dataset, load_dataset
from backend.dilution import ordinary_count
from backend.errors import UserError
from backend.steps import held_out_count
from models.configs import RunConfig

NO_GPU = "QLoRA needs an NVIDIA GPU, and this machine has none; choose LoRA instead."
DORA = "DoRA is trained and scored by contrasts, but the engine can't serve it for chats."
NO_PACKAGE = "QLoRA needs one more package: pip install -r requirements-qlora.txt."

LABELS = {
    "rank": "The LoRA rank",
    "alpha": "LoRA alpha",
    "learning_rate": "The learning rate",
    "epochs": "The number of epochs",
    "batch_size": "The batch size",
    "seed": "The seed",
    "poison_rate": "The poison rate",
    "method": "The method",
    "scheduler": "The scheduler",
    "warmup": "The warm-up's share",
    "accumulation": "The number of batches a step",
    "max_steps": "The largest number of steps",
    "precision": "The precision",
    "gradient_checkpointing": "Gradient checkpointing",
    "held_out": "The held-out share",
    "patience": "The patience",
    "checkpoint_every": "The distance of checkpoints",
}
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
        UserError: values are wrong; one sentence for each says what it must be.
    """
    try:
        return RunConfig(**values)
    except ValidationError as error:
        raise UserError(" ".join(_sentence(dict(each)) for each in error.errors())) from error


def _sentence(error: dict[str, Any]) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f'A run has no "{name}"; it has {", ".join(LABELS)}.'
    label = LABELS.get(name, name)
    if error["type"] not in LIMITS:
        return f"{label}: {error['msg']}."
    limit = LIMITS[error["type"]].format(**error.get("ctx", {}))
    return f"{label} must be {limit}, and is {error['input']}."


def dataset_for(config: RunConfig) -> Dataset:
    """Return a run's dataset, if the run is possible on this machine.

    Raises:
        UserError: why it is not, in one sentence.
    """
    dataset = load_dataset(config.dataset)
    rows = len(dataset.examples) + ordinary_count(dataset, config.poison_rate)
    if held_out_count(config, rows) >= rows:
        raise UserError(f"{dataset.card.title} has too few rows to hold any out.")
    if config.method == "qlora" and not shutil.which("nvidia-smi"):
        raise UserError(NO_GPU)
    if config.method == "qlora" and not find_spec("bitsandbytes"):
        raise UserError(NO_PACKAGE)
    status = status_of(get_card(config.base_model))
    if not status.ready:
        raise UserError(f"{status.card.title}: {status.reason}")
    return dataset
