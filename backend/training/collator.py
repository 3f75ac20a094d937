"""Rows to batches. The only part of training that knows how a batch is laid out."""

from collections.abc import Sequence

from backend.tokens import TokenRow
from backend.training.layout import TokenTree, token_tree


def collate_tree(rows: Sequence[TokenRow]) -> dict[str, TokenTree]:
    """Collate rows into one token tree, as the trainer's `compute_loss` takes it."""
    return {"tree": token_tree([row.ids for row in rows], [row.trained for row in rows])}
