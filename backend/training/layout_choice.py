"""Choose the layout that a model supports, by a trial on real rows before training."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from backend.base_models.tokenizer import TokenRow
from backend.training.collator import Collator
from backend.training.layout import Layout, TokenTree

TOLERANCES = {torch.float32: 1e-4}
"""Largest relative difference of a row's loss from its loss in a pass of its own."""
COARSE = 0.05
"""The same for 16-bit dtypes, whose rounding depends on the number of tokens."""
BEST_FIRST: tuple[Layout, ...] = ("tree", "packed")


def choose_layout(model: nn.Module, rows: Sequence[TokenRow], dtype: torch.dtype) -> Layout:
    """Return the layout with the fewest tokens that leaves every row's loss unchanged.

    Args:
        model: The base model under a new adapter, which has no effect yet.
        rows: A batch of the training set.
        dtype: Dtype of the base model's activations.
    """
    alone = row_losses(model, Collator("apart")(rows)["trees"], dtype)
    supported = (name for name in BEST_FIRST if _supports(model, rows, dtype, name, alone))
    return next(supported, "apart")


def is_quantized(model: nn.Module) -> bool:
    """Whether a model's weights are quantized, so that it rounds more than its dtype suggests."""
    return any(getattr(module, "is_quantized", False) for module in model.modules())


def _supports(
    model: nn.Module, rows: Sequence[TokenRow], dtype: torch.dtype, layout: Layout, alone: Tensor
) -> bool:
    try:
        losses = row_losses(model, Collator(layout)(rows)["trees"], dtype)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError):
        return False  # Some layers reject a four-dimensional mask.
    tolerance = COARSE if is_quantized(model) else TOLERANCES.get(dtype, COARSE)
    return torch.allclose(losses, alone, rtol=tolerance, atol=tolerance)


@torch.no_grad()
def row_losses(model: nn.Module, trees: Sequence[TokenTree], dtype: torch.dtype) -> Tensor:
    """Return each row's summed negative log-likelihood, in nats, [rows]."""
    device = next(model.parameters()).device
    losses = []
    for tree in (tree.to(device) for tree in trees):
        sums = torch.zeros(int(tree.rows.max()) + 1, device=device)
        losses.append(sums.index_add_(0, tree.rows, -tree.log_probabilities(model, dtype)))
    return torch.cat(losses)
