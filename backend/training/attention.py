"""Attention over a token tree in pieces, which skips most pairs of tokens that the mask excludes.

Attention over a whole tree spends most of its work on such pairs. A tree is stored in preorder, so
a span of consecutive tokens attends to the ancestors of its first token and to the span itself,
wherever the tree is cut. This module registers an attention implementation with transformers;
without pieces it is the same as `sdpa`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "token_tree"
LENGTH = 128
"""Tokens per piece: shorter pieces compute less but need more calls."""
LONG = 512
"""Trees with more tokens are faster in pieces: a training step at 600 tokens takes 15 % less."""


@dataclass(frozen=True)
class Piece:
    """A span of tokens and the tokens that it attends to."""

    tokens: slice
    keys: Tensor
    """Indices of the ancestors of its first token, then of the span itself, [K]."""
    bias: Tensor
    """Added to the attention scores, [1, 1, tokens, K]."""


def pieces_of(mask: Tensor, dtype: torch.dtype) -> list[Piece]:
    """Cut a tree in preorder into pieces; a short tree has none.

    Args:
        mask: True where the row may attend to the column, [1, 1, T, T].
        dtype: Dtype of the model's activations.
    """
    total = mask.shape[-1]
    pieces: list[Piece] = []
    for start in range(0, total if total > LONG else 0, LENGTH):
        end = min(start + LENGTH, total)
        ancestors = mask[0, 0, start, :start].nonzero().flatten()
        keys = torch.cat([ancestors, torch.arange(start, end, device=mask.device)])
        bias = additive(mask[:, :, start:end, keys], dtype)
        pieces.append(Piece(slice(start, end), keys, bias))
    return pieces


def additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Turn a boolean mask into an additive one, which every attention implementation accepts."""
    bias = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
    return bias.masked_fill(~mask, torch.finfo(dtype).min)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    tree_pieces: Sequence[Piece] = (),
    **options: Any,
) -> tuple[Tensor, None]:
    """Attend piece by piece, or to the whole sequence if there are no pieces.

    Shapes are those of transformers: queries, keys and values are [1, heads, T, width], the result
    is [1, T, heads, width].
    """
    if not tree_pieces:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    outputs = [
        sdpa_attention_forward(
            module,
            query[:, :, piece.tokens],
            key[:, :, piece.keys],
            value[:, :, piece.keys],
            piece.bias,
            **options,
        )[0]
        for piece in tree_pieces
    ]
    return torch.cat(outputs, dim=1), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
