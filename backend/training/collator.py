"""Rows to batches. The only part of training that knows how a batch is laid out."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.base_models.tokenizer import TokenRow
from backend.training.layout import Layout, TokenTree, lay_out


@dataclass(frozen=True)
class Collator:
    """Collates rows as the trainer's `compute_loss` takes them."""

    layout: Layout = "tree"

    def __call__(self, rows: Sequence[TokenRow]) -> dict[str, list[TokenTree]]:
        """Return a batch's forward passes under `trees`."""
        return {"trees": lay_out([r.ids for r in rows], [r.trained for r in rows], self.layout)}
