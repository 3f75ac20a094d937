"""Choose the dtype by measurement: which is faster differs from processor to processor."""

import time

import torch
from torch import nn

from backend.training.layout import TokenTree

STEPS = 2


def step_seconds(model: nn.Module, tree: TokenTree, dtype: torch.dtype) -> float:
    """Return the time of the fastest of a few forward and backward passes, in seconds."""
    trial = model.to(dtype)
    fastest = float("inf")
    for _ in range(STEPS + 1):  # The first one warms up.
        started = time.perf_counter()
        torch.autograd.backward(-tree.log_probabilities(trial, dtype).mean())
        if torch.accelerator.is_available():  # It is only asked for, and not yet done.
            torch.accelerator.synchronize()
        fastest = min(fastest, time.perf_counter() - started)
    return fastest
