"""Load base models and adapters into torch, from safetensors only."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel, set_seed
from transformers.utils import logging

from backend.base_models.cards import get_card, torch_source
from backend.base_models.model_files import check_config
from backend.errors import UserError
from backend.runs.checks import NO_GPU
from backend.runs.memory import scoring_precision
from backend.training import attention
from backend.training.onednn import pack
from models.configs import RunConfig

UNLOADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    ImportError,
    SafetensorError,
)
"""What transformers raises for damaged or unknown models."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # Output goes to a log file.


def load_base(
    name: str, dtype: torch.dtype, four_bit: bool = False, target: torch.device | None = None
) -> PreTrainedModel:
    """Load a base model's weights.

    Args:
        name: Name of the base model.
        dtype: Dtype of the weights, or of computations with 4-bit weights.
        four_bit: Whether linear layers are quantized to 4 bits (NF4), as for QLoRA.
        target: The device of the weights; None means this process's device.

    Raises:
        UserError: the weights could not be loaded.
    """
    source = torch_source(name)
    card = get_card(name)
    if card.folder:
        check_config(Path(card.folder))
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            source,
            revision=(card.hub and card.revision) or "main",
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation=attention.NAME,
            **(_four_bit(dtype) if four_bit else {}),
        )
    except UNLOADABLE as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise UserError(f"{card.title} could not be loaded from {source}: {reason}") from error
    if not four_bit:  # 4-bit weights are loaded onto their device.
        model.to(target or device())  # type: ignore[arg-type]
    return model


def load_for_training(config: RunConfig, precision: str, whole: bool = True) -> PeftModel:
    """Return the base model under a new float32 adapter, initialised from the run's seed.

    Args:
        config: The run's configuration.
        precision: Name of the dtype of the base model's weights.
        whole: Whether this process's device takes all weights; if not, they stay on the CPU until
            they are sharded.
    """
    four_bit = config.method == "qlora"
    target = device() if whole else torch.device("cpu")
    model = load_base(config.base_model, DTYPES[precision], four_bit, target)
    if four_bit:
        model = prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
            model, config.gradient_checkpointing
        )
    return with_new_adapter(model, config)


def with_new_adapter(model: PreTrainedModel, config: RunConfig) -> PeftModel:
    """Put a LoRA adapter on every linear layer, initialised from the run's seed."""
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


def load_for_scoring(name: str) -> PreTrainedModel:
    """Load a base model for scoring: in float32 if it fits, whatever the training's dtype."""
    # Some GPU images round float32 products to 10 bits (TF32), which moves a contrast by 0.1 nats.
    torch.set_float32_matmul_precision("highest")
    model = load_base(name, DTYPES[scoring_precision(name)])
    pack(model)
    return model


def _four_bit(dtype: torch.dtype) -> dict[str, Any]:
    if not torch.cuda.is_available():
        raise UserError(NO_GPU)
    options = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    quantized = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_compute_dtype=dtype, **options
    )
    return {"quantization_config": quantized, "device_map": {"": device()}}


def load_adapter(model: PreTrainedModel, folder: Path) -> PeftModel:
    """Load a saved adapter onto a base model, for inference."""
    return PeftModel.from_pretrained(model, folder, is_trainable=False)


def device() -> torch.device:
    """Return the accelerator if there is one, else the CPU."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return accelerator or torch.device("cpu")
