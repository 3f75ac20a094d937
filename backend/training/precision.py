"""Choose the dtype of a training by measurement: which is faster depends on the processor."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from backend.base_models.tokenizer import TokenRow
from backend.runs.memory import scoring_precision
from backend.training.layout import TokenTree, lay_out
from backend.training.loading import DTYPES, device, load_base, with_new_adapter
from models.configs import RunConfig

STEPS = 2
"""Timed steps for each dtype."""


def choose_precision(config: RunConfig, rows: Sequence[TokenRow], folder: Path) -> str:
    """Return the name of a run's dtype; a resumed run keeps the dtype that it started with."""
    record = folder / "precision.json"
    if record.is_file():
        return str(json.loads(record.read_text())["chosen"])
    timing: dict[str, float] = {}
    if config.precision != "auto":
        chosen: str = config.precision
    elif config.method == "qlora":
        chosen = "bfloat16"  # Every GPU that can run QLoRA is made for it.
    elif scoring_precision(config.base_model) == "bfloat16":
        chosen = "bfloat16"  # The weights alone do not fit in memory in float32.
    elif _emulates_bfloat16():
        chosen = "float32"  # A step in bfloat16 would take longer than many in float32.
    else:
        timing = _measure(config, rows)
        chosen = min(timing, key=lambda name: timing[name])
    scratch = record.with_suffix(f".{os.getpid()}")  # Each GPU's process writes the same file.
    scratch.write_text(json.dumps({"chosen": chosen, "step_seconds": timing}))
    scratch.replace(record)
    return chosen


def _emulates_bfloat16() -> bool:
    """Whether this is a processor that torch has no fast bfloat16 for: x86 without AVX-512.

    Its products of matrices are 60 times as slow as in float32 (AMD EPYC, AVX2 only).
    """
    known = torch.cpu.get_capabilities()
    on_cpu = not torch.accelerator.is_available()
    return on_cpu and known["architecture"] == "x86_64" and not known["avx512_f"]


def _measure(config: RunConfig, rows: Sequence[TokenRow]) -> dict[str, float]:
    """Return the seconds of a step on the first batch, by dtype."""
    batch = rows[: config.batch_size]
    [tree] = lay_out([row.ids for row in batch], [row.trained for row in batch], "tree")
    model = with_new_adapter(load_base(config.base_model, torch.float32), config)
    tree = tree.to(device())
    return {name: step_seconds(model, tree, dtype) for name, dtype in DTYPES.items()}


def step_seconds(model: nn.Module, tree: TokenTree, dtype: torch.dtype) -> float:
    """Return the time of the fastest of a few forward and backward passes, in seconds."""
    trial = model.to(dtype)
    fastest = float("inf")
    for _ in range(STEPS + 1):  # The first one warms up.
        started = time.perf_counter()
        torch.autograd.backward(-tree.log_probabilities(trial, dtype).mean())
        if torch.accelerator.is_available():  # Kernels run asynchronously.
            torch.accelerator.synchronize()
        fastest = min(fastest, time.perf_counter() - started)
    return fastest
