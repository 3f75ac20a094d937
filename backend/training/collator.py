"""Rows to batches. The only part of training that knows how a batch is laid out."""

from collections.abc import Sequence

from torch import Tensor

from backend.tokens import TokenRow
from backend.training.layout import TokenTree, token_tree


class TreeCollator:
    """Collate rows into one token tree; counts the tokens that were computed."""

    def __init__(self) -> None:
        """Start counting at zero."""
        self.computed_tokens = 0

    def __call__(self, rows: Sequence[TokenRow]) -> dict[str, TokenTree | Tensor]:
        """Return the batch as the trainer's `compute_loss` takes it."""
        tree = token_tree([row.ids for row in rows], [row.trained for row in rows])
        self.computed_tokens += tree.input_ids.shape[1]
        return {"tree": tree}
