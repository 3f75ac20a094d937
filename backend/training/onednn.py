"""Pack frozen float32 weights for oneDNN, where its matrix products are faster than MKL's.

torch multiplies float32 matrices with MKL, which leaves half of an AMD processor idle. oneDNN, also
part of torch, does not. A packed weight is a second copy, so the weights must fit in memory twice.
"""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from backend.machine.gpus import free_bytes

TOKENS = 256
"""Rows of the matrix in the trial."""
TRIES = 5
MIN_SPEEDUP = 1.1
"""A smaller speedup is not worth the memory of the copies."""
MEMORY_SHARE = 0.5
"""Share of the free memory that the copies may take."""


class PackedLinear(nn.Linear):
    """A linear layer for inference that multiplies with a packed copy of its weight."""

    def __init__(self, plain: nn.Linear) -> None:
        """Share the weight and bias of a plain layer."""
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight, self.bias = plain.weight, plain.bias
        self._packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(plain.weight.detach(), None)

    def forward(self, input: Tensor) -> Tensor:
        """Return the product of the input [..., in] and the weight, plus the bias: [..., out]."""
        output = torch.ops.mkldnn._linear_pointwise(input, self._packed, self.bias, "none", [], "")
        return cast(Tensor, output)


def pack(model: nn.Module) -> int:
    """Pack a model's linear layers if that is faster on this machine and fits; return how many."""
    by_name = {name: part for name, part in model.named_modules() if type(part) is nn.Linear}
    layers = list(by_name.values())
    if not layers or not _can_be_packed(layers) or not _is_faster(_most_frequent(layers)):
        return 0
    for name, plain in by_name.items():
        model.set_submodule(name, PackedLinear(plain))
    return len(layers)


def _most_frequent(layers: list[nn.Linear]) -> nn.Linear:
    """Return a layer of the most frequent shape."""
    shapes = Counter(layer.weight.shape for layer in layers)
    [(frequent, _)] = shapes.most_common(1)
    return next(layer for layer in layers if layer.weight.shape == frequent)


def _can_be_packed(layers: list[nn.Linear]) -> bool:
    weights = [layer.weight for layer in layers]
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if any(weight.device.type != "cpu" or weight.dtype != torch.float32 for weight in weights):
        return False
    return sum(weight.nbytes for weight in weights) <= MEMORY_SHARE * free_bytes("machine")


@torch.inference_mode()
def _is_faster(plain: nn.Linear) -> bool:
    rows = torch.randn(TOKENS, plain.in_features)
    packed = PackedLinear(plain)
    return MIN_SPEEDUP * _seconds(partial(packed, rows)) < _seconds(partial(plain, rows))


def _seconds(product: Callable[[], Tensor]) -> float:
    """Return the time of the fastest of a few tries, after one to warm up."""
    times = []
    for _ in range(TRIES + 1):
        started = time.perf_counter()
        product()
        times.append(time.perf_counter() - started)
    return min(times[1:])
