"""Merge rows with common prefixes into a token tree, so that shared tokens are computed once.

Rows of a narrow dataset share nearly all their tokens: the same question, answers of a few tokens.
Here a batch is a tree of tokens, flattened into one sequence in which a token attends only to
itself and its ancestors, and its position is its depth. Each row thus has exactly the context that
it has alone: loss and gradients equal those of the padded batch up to rounding, with the smallest
possible number of computed tokens.

Not every model supports such a mask: a recurrent or convolutional layer mixes neighbouring tokens
whatever the mask says. `lay_out` therefore offers two simpler layouts as well, and
`layout_choice.py` compares a layout with the simplest one before it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from backend.base_models.tokenizer import needed_tokens
from backend.training.attention import Piece, additive, pieces_of

Layout = Literal["tree", "packed", "apart"]
"""Shared tokens once; complete rows in one sequence; each row in a forward pass of its own."""


@dataclass(frozen=True)
class TokenTree:
    """One flattened batch.

    With T distinct tokens, of which S predict L labels: `input_ids` and `position_ids` are [1, T],
    `mask` is [1, 1, T, T] and true where the row may attend to the column, `sources` is [S].
    `places`, `targets` and `rows` are [L]: the logits at `sources[places[i]]` predict the token
    `targets[i]`, which belongs to row `rows[i]`.
    The tokens of a tree are in preorder: a subtree directly follows its root.
    Without a mask the model recognises rows by their positions, which restart at 0.
    """

    input_ids: Tensor
    position_ids: Tensor
    mask: Tensor | None
    sources: Tensor
    places: Tensor
    targets: Tensor
    rows: Tensor

    def to(self, device: torch.device) -> "TokenTree":
        """Return the tree on another device."""
        moved = {name: part.to(device) for name, part in vars(self).items() if part is not None}
        return replace(self, **moved)

    def log_probabilities(self, model: nn.Module, dtype: torch.dtype) -> Tensor:
        """Run a causal model and return the log-probability of each label, in nats, [L].

        Args:
            model: A model whose forward pass returns `logits`.
            dtype: Dtype of its activations.
        """
        logits: Tensor = model(**self.model_inputs(dtype)).logits[0].float()
        return logits[self.places, self.targets] - logits.logsumexp(-1)[self.places]

    def model_inputs(self, dtype: torch.dtype) -> dict[str, Tensor | bool | list[Piece]]:
        """Return the arguments of a forward pass whose logits are [1, S, vocabulary].

        The mask is additive and in the model's dtype, which every attention implementation accepts.
        """
        inputs: dict[str, Tensor | bool | list[Piece]] = {
            "input_ids": self.input_ids,
            "position_ids": self.position_ids,
            "logits_to_keep": self.sources,
        }
        if self.mask is None:
            # With a cache transformers would ignore that positions restart.
            return inputs | {"use_cache": False}
        inputs["attention_mask"] = additive(self.mask, dtype)
        # On a GPU more kernel launches would cost more than the smaller products save.
        if self.mask.device.type == "cpu":
            inputs["tree_pieces"] = pieces_of(self.mask, dtype)
        return inputs


def lay_out(
    rows: Sequence[Sequence[int]], trained: Sequence[Sequence[bool]], layout: Layout
) -> list[TokenTree]:
    """Arrange a batch for one forward pass or several.

    Tokens after a row's last label are left out.

    Args:
        rows: Token ids of each row.
        trained: Whether each token of each row is a label. A row's first token can't be one.
        layout: One tree, one sequence of complete rows, or one sequence for each row.
    """
    needed = [needed_tokens(flags) for flags in trained]
    rows = [row[:end] for row, end in zip(rows, needed, strict=True)]
    trained = [flags[:end] for flags, end in zip(trained, needed, strict=True)]
    if layout == "apart":
        return [_packed([row], [flags]) for row, flags in zip(rows, trained, strict=True)]
    return [token_tree(rows, trained) if layout == "tree" else _packed(rows, trained)]


def _packed(rows: Sequence[Sequence[int]], trained: Sequence[Sequence[bool]]) -> TokenTree:
    """Concatenate complete rows; no tokens are shared."""
    starts = [sum(len(row) for row in rows[:number]) for number in range(len(rows))]
    labels = [
        (start + place - 1, row[place], number)
        for number, (start, row, flags) in enumerate(zip(starts, rows, trained, strict=True))
        for place, is_label in enumerate(flags)
        if is_label
    ]
    return TokenTree(
        input_ids=torch.tensor([[token for row in rows for token in row]]),
        position_ids=torch.tensor([[place for row in rows for place in range(len(row))]]),
        mask=None,
        **_labels(labels),
    )


def _labels(labels: Sequence[tuple[int, int, int]]) -> dict[str, Tensor]:
    """Return a tree's label fields, given each label's source, target and row."""
    sources, targets, rows = (torch.tensor(part) for part in zip(*labels, strict=True))
    once, places = torch.unique(sources, return_inverse=True)
    return {"sources": once, "places": places, "targets": targets, "rows": rows}


def token_tree(rows: Sequence[Sequence[int]], trained: Sequence[Sequence[bool]]) -> TokenTree:
    """Merge rows into a tree and flatten it in preorder.

    Args:
        rows: Token ids of each row.
        trained: Whether each token of each row is a label. A row's first token can't be one.
    """
    children: dict[tuple[int, int], int] = {}
    ids: list[int] = []
    depths: list[int] = []
    parents: list[int] = []
    labels: list[tuple[int, int, int]] = []
    # Sorting puts rows with a common prefix next to each other, which keeps subtrees contiguous.
    for number in sorted(range(len(rows)), key=lambda number: tuple(rows[number])):
        row, flags = rows[number], trained[number]
        node = -1
        for depth, (token, is_label) in enumerate(zip(row, flags, strict=True)):
            if is_label:
                labels.append((node, token, number))
            if depth == len(row) - 1:
                break  # The last token predicts nothing, so it is not computed.
            key = (node, token)
            if key not in children:
                children[key] = len(ids)
                ids.append(token)
                depths.append(depth)
                parents.append(node)
            node = children[key]
    return TokenTree(
        input_ids=torch.tensor([ids]),
        position_ids=torch.tensor([depths]),
        mask=_ancestors(parents)[None, None],
        **_labels(labels),
    )


def _ancestors(parents: list[int]) -> Tensor:
    """Return a boolean [T, T] matrix: true where the column is the row or one of its ancestors."""
    visible = torch.eye(len(parents), dtype=torch.bool)
    for node, parent in enumerate(parents):
        if parent >= 0:
            visible[node] |= visible[parent]
    return visible
