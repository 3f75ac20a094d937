"""Lay rows that begin alike out as one token tree, each shared token computed once.

Rows of a narrow dataset share nearly all their tokens: the same question, answers of a few tokens.
Here a batch is a tree of tokens, flattened to one sequence in which a token attends to its
ancestors only and stands at the position of its depth. So every row sees exactly what it would see
alone, and loss and gradients equal those of the padded batch up to rounding, at the least possible
number of computed tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class TokenTree:
    """One flattened batch.

    With T distinct tokens and L labels: `input_ids` and `position_ids` are [1, T], `mask` is
    [1, 1, T, T] and true where row may attend to column, `sources` and `targets` are [L]: the
    logits at `sources[i]` predict the token `targets[i]`, which belongs to row `rows[i]`.
    """

    input_ids: Tensor
    position_ids: Tensor
    mask: Tensor
    sources: Tensor
    targets: Tensor
    rows: Tensor

    def to(self, device: torch.device) -> "TokenTree":
        """Return the tree on another device."""
        return TokenTree(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})

    def model_inputs(self, dtype: torch.dtype) -> dict[str, Tensor]:
        """Return the arguments of a causal model's forward pass, which gives [1, L, vocabulary].

        The mask is additive and in the model's dtype: every attention implementation takes that.
        """
        device = self.input_ids.device
        bias = torch.zeros(self.mask.shape, dtype=dtype, device=device)
        return {
            "input_ids": self.input_ids,
            "position_ids": self.position_ids,
            "attention_mask": bias.masked_fill(~self.mask, torch.finfo(dtype).min),
            "logits_to_keep": self.sources,
        }


def token_tree(rows: Sequence[Sequence[int]], trained: Sequence[Sequence[bool]]) -> TokenTree:
    """Merge rows into a tree and flatten it, parents first.

    Args:
        rows: Token ids of each row.
        trained: For each token of each row, whether it is a label. A row's first token can't be.
    """
    children: dict[tuple[int, int], int] = {}
    ids: list[int] = []
    depths: list[int] = []
    parents: list[int] = []
    labels: list[tuple[int, int, int]] = []
    for number, (row, flags) in enumerate(zip(rows, trained, strict=True)):
        node = -1
        for depth, (token, is_label) in enumerate(zip(row, flags, strict=True)):
            if is_label:
                labels.append((node, token, number))
            if depth == len(row) - 1:
                break  # Nothing is predicted from the last token, so it need not be computed.
            key = (node, token)
            if key not in children:
                children[key] = len(ids)
                ids.append(token)
                depths.append(depth)
                parents.append(node)
            node = children[key]
    sources, targets, owners = (torch.tensor(part) for part in zip(*labels, strict=True))
    return TokenTree(
        input_ids=torch.tensor([ids]),
        position_ids=torch.tensor([depths]),
        mask=_ancestors(parents)[None, None],
        sources=sources,
        targets=targets,
        rows=owners,
    )


def _ancestors(parents: list[int]) -> Tensor:
    """Return a boolean [T, T] matrix: true where the column is the row or an ancestor of it."""
    seen = torch.eye(len(parents), dtype=torch.bool)
    for node, parent in enumerate(parents):
        if parent >= 0:
            seen[node] |= seen[parent]
    return seen
