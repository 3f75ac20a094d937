"""Memory allocation: what loading a model needs, what is free, and which job is running.

Training, the engines and vLLM ask here before they load a model. Training has priority over the
engines' idle models, which are unloaded for it and loaded again on demand; an engine never takes
memory that a training needs. Estimates err on the high side: a refusal is explained, but a process
that runs out of memory is killed.
"""

import json
import math
from pathlib import Path
from typing import Any, Literal

import psutil
from humanize import naturalsize
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError, safe_open
from sqlmodel import col, select

from backend.base_models.cards import get_card, gguf_path, torch_source
from backend.db import session
from backend.machine.gpus import GIB, Place, free_bytes, gpu_memories
from backend.runs.measurement import newest
from backend.runs.queries import trained_config
from models.tables import Job, JobKind, JobState

GPU_SHARE = 0.45
"""Share of a GPU's memory that vLLM takes, so that a training fits beside it."""
VLLM_CPU_CACHE = GIB
VLLM_ITSELF = 2 * GIB
"""Memory of vLLM's processes on a CPU, without weights."""
TORCH_ITSELF = GIB // 2
ROOM = 0.9
"""Share of a device's memory that weights may take; activations need some, too."""
UNKNOWN = 2 * GIB
"""What a base model is assumed to need if its card does not say."""


class MemoryNeed(BaseModel):
    """Memory that a job or an engine needs."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    place: Place

    @property
    def fits(self) -> bool:
        """Whether that much is free now."""
        return self.bytes <= free_bytes(self.place)

    @property
    def text(self) -> str:
        """The need and the free memory, in words."""
        free = naturalsize(free_bytes(self.place), binary=True)
        of = "GPU memory" if self.place == "GPU" else "memory"
        return f"needs about {naturalsize(self.bytes, binary=True)} of {of}, and {free} are free"


def scoring_precision(base_model: str) -> Literal["float32", "bfloat16"]:
    """Return the dtype in which a base model is scored here: float32 unless it does not fit."""
    total = max(gpu_memories(), default=0) * GIB or psutil.virtual_memory().total
    fits = 4 * parameters_of(base_model) + TORCH_ITSELF <= ROOM * total
    return "float32" if fits else "bfloat16"


def parameters_of(base_model: str) -> int:
    """Return a base model's parameters, from its card or its files' headers; 0 if unknown."""
    card = get_card(base_model)
    if card.size or not card.folder:
        return card.size or 0
    count = 0
    try:
        for file in Path(card.folder).glob("*.safetensors"):
            with safe_open(file, "numpy") as weights:
                count += sum(
                    math.prod(weights.get_slice(key).get_shape()) for key in weights.keys()
                )
    except (SafetensorError, OSError):  # Damaged since it was added; loading it says so.
        return 0
    return count


def llama_need(base_model: str, slots: int, slot_tokens: int) -> MemoryNeed:
    """Return what llama.cpp needs to serve a base model.

    Args:
        base_model: The base model's name.
        slots: Requests that are computed at once.
        slot_tokens: Tokens of each request, cached in half precision for every layer.
    """
    weights = gguf_path(base_model).stat().st_size
    cache = slots * slot_tokens * _cache_bytes(base_model)
    return MemoryNeed(bytes=weights + cache, place="machine")


def vllm_need(base_model: str) -> MemoryNeed:
    """Return what vLLM needs to serve a base model."""
    if gpu_memories():
        return MemoryNeed(bytes=int(GPU_SHARE * max(gpu_memories()) * GIB), place="GPU")
    source = Path(torch_source(base_model))
    weights = sum(file.stat().st_size for file in source.glob("*.safetensors"))
    return MemoryNeed(bytes=weights + VLLM_CPU_CACHE + VLLM_ITSELF, place="machine")


def _cache_bytes(base_model: str) -> int:
    """Return the bytes of one token's keys and values; 0 if the model's files do not say."""
    path = Path(torch_source(base_model)) / "config.json"
    try:
        shape: dict[str, Any] = json.loads(path.read_text("utf-8"))
        heads = shape["num_attention_heads"]
        size = shape.get("head_dim") or shape["hidden_size"] // heads
        return int(4 * shape["num_hidden_layers"] * shape.get("num_key_value_heads", heads) * size)
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def job_need(job: Job) -> MemoryNeed | None:
    """Return the memory that a job needs, measured if possible; None if it loads no model."""
    place: Place = "GPU" if gpu_memories() else "machine"
    if job.kind in (JobKind.EVALUATE, JobKind.PREVIEW):
        scored = job.evaluation if job.kind == JobKind.EVALUATE else job.preview
        base_model = scored.base_model
        if get_card(base_model).hosted:
            return None
        bytes_each = {"float32": 4, "bfloat16": 2}[scoring_precision(base_model)]
        return MemoryNeed(bytes=bytes_each * parameters_of(base_model) + TORCH_ITSELF, place=place)
    config = trained_config(job)
    if config is None or get_card(config.base_model).hosted:
        return None
    measured = newest(config)
    peak = (measured.result or {}).get("peak_bytes") if measured else None
    estimate = int(get_card(config.base_model).memory_gib * GIB) or UNKNOWN
    return MemoryNeed(bytes=int(peak or estimate), place=place)


def running_job() -> Job | None:
    """Return the running job, which holds the memory; None if there is none."""
    query = select(Job).where(Job.state == JobState.RUNNING).order_by(col(Job.started_at))
    with session() as db:
        return db.exec(query).first()
