"""Load base models and adapters into torch, from safetensors only."""

from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils import logging

from backend.base_models import get_card, torch_source
from backend.errors import UserError

logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # A log file is no terminal.


def load_base(name: str, dtype: torch.dtype) -> PreTrainedModel:
    """Load a base model's weights; UserError when they can't be had."""
    source = torch_source(name)
    card = get_card(name)
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            source,
            revision=card.revision or "main",
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation="sdpa",
        )
    except OSError as error:
        raise UserError(f"{card.title} could not be loaded from {source}.") from error
    model.to(device())  # type: ignore[arg-type]
    return model


def load_adapter(model: PreTrainedModel, folder: Path) -> PeftModel:
    """Put a saved adapter on a base model, for inference."""
    return PeftModel.from_pretrained(model, folder, is_trainable=False)


def device() -> torch.device:
    """Return the accelerator where there is one, else the CPU."""
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return found or torch.device("cpu")
