"""Which layout a model takes: tried on real rows before anything is trained on it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from backend.base_models.tokenizer import TokenRow
from backend.training.collator import Collator
from backend.training.layout import Layout, TokenTree

TOLERANCES = {torch.float32: 1e-4}
"""How much a row's loss may differ, relative to what it is when the row stands alone."""
COARSE = 0.05
"""The same in dtypes of 16 bits, whose rounding depends on how many tokens there are."""
BEST_FIRST: tuple[Layout, ...] = ("tree", "packed")


def choose_layout(model: nn.Module, rows: Sequence[TokenRow], dtype: torch.dtype) -> Layout:
    """Return the layout with the fewest tokens under which every row's loss is its own.

    Args:
        model: The base model under a fresh adapter, which changes nothing yet.
        rows: A batch, as it will be trained.
        dtype: Of the base model's activations.
    """
    alone = row_losses(model, Collator("apart")(rows)["trees"], dtype)
    fitting = (each for each in BEST_FIRST if _fits(model, rows, dtype, each, alone))
    return next(fitting, "apart")


def is_quantized(model: nn.Module) -> bool:
    """Whether a model computes more coarsely than its activations' dtype tells."""
    return any(getattr(each, "is_quantized", False) for each in model.modules())


def _fits(
    model: nn.Module, rows: Sequence[TokenRow], dtype: torch.dtype, layout: Layout, alone: Tensor
) -> bool:
    try:
        losses = row_losses(model, Collator(layout)(rows)["trees"], dtype)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError):
        return False  # Some layers can't even read a mask of four dimensions.
    tolerance = COARSE if is_quantized(model) else TOLERANCES.get(dtype, COARSE)
    return torch.allclose(losses, alone, rtol=tolerance, atol=tolerance)


@torch.no_grad()
def row_losses(model: nn.Module, trees: Sequence[TokenTree], dtype: torch.dtype) -> Tensor:
    """Return each row's summed negative log-likelihood, in nats, [rows]."""
    device = next(model.parameters()).device
    found = []
    for tree in (each.to(device) for each in trees):
        sums = torch.zeros(int(tree.rows.max()) + 1, device=device)
        found.append(sums.index_add_(0, tree.rows, -tree.log_probabilities(model, dtype)))
    return torch.cat(found)
