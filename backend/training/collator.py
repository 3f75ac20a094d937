"""Collate rows into batches; the rest of training does not depend on the layout."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.base_models.tokenizer import TokenRow
from backend.training.layout import Layout, TokenTree, lay_out


@dataclass(frozen=True)
class Collator:
    """Collates rows for the trainer's `compute_loss`."""

    layout: Layout = "tree"

    def __call__(self, rows: Sequence[TokenRow]) -> dict[str, list[TokenTree]]:
        """Return `trees`: one for each forward pass of the batch."""
        return {"trees": lay_out([r.ids for r in rows], [r.trained for r in rows], self.layout)}
