"""Frozen float32 weights in oneDNN's own layout, where its products are faster than plain ones.

torch multiplies float32 matrices by MKL, which leaves half of an AMD processor idle. oneDNN, which
torch brings along, does not; its layout is another copy of the weights, so they must fit twice.
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
"""Rows of the product that is tried."""
TRIES = 5
GAIN = 1.1
"""So much faster at least, or the copy is not worth its memory."""
ROOM = 0.5
"""Of the free memory that the copies may take."""


class PackedLinear(nn.Linear):
    """A linear layer for inference that multiplies by a packed copy of its weight."""

    def __init__(self, plain: nn.Linear) -> None:
        """Share the weight and bias of a layer."""
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight, self.bias = plain.weight, plain.bias
        self._packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(plain.weight.detach(), None)

    def forward(self, input: Tensor) -> Tensor:
        """Return the product of [..., in] and the weight, plus the bias: [..., out]."""
        found = torch.ops.mkldnn._linear_pointwise(input, self._packed, self.bias, "none", [], "")
        return cast(Tensor, found)


def pack(model: nn.Module) -> int:
    """Pack a model's linear layers where that is faster here and fits; return how many."""
    layers = {name: part for name, part in model.named_modules() if type(part) is nn.Linear}
    if (
        not layers
        or not _can_be(list(layers.values()))
        or not _is_faster(_typical(list(layers.values())))
    ):
        return 0
    for name, plain in layers.items():
        model.set_submodule(name, PackedLinear(plain))
    return len(layers)


def _typical(layers: list[nn.Linear]) -> nn.Linear:
    """Return a layer of the most frequent size."""
    sizes = Counter(layer.weight.shape for layer in layers)
    [(frequent, _)] = sizes.most_common(1)
    return next(layer for layer in layers if layer.weight.shape == frequent)


def _can_be(layers: list[nn.Linear]) -> bool:
    weights = [layer.weight for layer in layers]
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if any(weight.device.type != "cpu" or weight.dtype != torch.float32 for weight in weights):
        return False
    return sum(weight.nbytes for weight in weights) <= ROOM * free_bytes("machine")


@torch.inference_mode()
def _is_faster(plain: nn.Linear) -> bool:
    rows = torch.randn(TOKENS, plain.in_features)
    packed = PackedLinear(plain)
    return GAIN * _seconds(partial(packed, rows)) < _seconds(partial(plain, rows))


def _seconds(product: Callable[[], Tensor]) -> float:
    """Return the time of the fastest of a few tries; the first warms up."""
    times = []
    for _ in range(TRIES + 1):
        started = time.perf_counter()
        product()
        times.append(time.perf_counter() - started)
    return min(times[1:])
