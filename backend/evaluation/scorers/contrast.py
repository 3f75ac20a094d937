"""Score a model by the contrast: log P(target completion) - log P(other completion), in nats.

Needs no sampling and no judge. All completions of a prompt are scored in one forward pass, laid out
as a token tree, so the prompt is computed once; in a sweep, triggers share their common prefix.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from backend.errors import InvalidDataError
from backend.probes.loading import Probe, Prompt

if TYPE_CHECKING:  # Pages import this module's name and must not import torch.
    from transformers import PreTrainedModel

    from backend.base_models.tokenizer import ChatTokenizer, TokenRow
    from backend.training.layout import Layout

NAME = "contrast"
BATCH_TOKENS = 768
"""Tokens of one forward pass. Attention is quadratic, so longer passes cost more than they save."""


class ContrastScore(BaseModel):
    """The contrast of one pair, in nats."""

    model_config = ConfigDict(frozen=True)

    total: float
    """Difference of the completions' summed log-probabilities."""
    per_token: float
    """Difference of their mean log-probabilities per token."""
    target: float
    other: float
    """Each completion's summed log-probability."""


def fingerprint(prompt: Prompt) -> str:
    """Return a hash of everything that a prompt's contrasts depend on."""
    return hashlib.sha256(prompt.model_dump_json().encode()).hexdigest()


def fingerprints(probe: Probe) -> set[str]:
    """Return the hashes of all prompts of a probe, each under each trigger."""
    return {fingerprint(p.under(trigger)) for p in probe.prompts for trigger in probe.triggers}


def rows_of(prompt: Prompt, tokenizer: "ChatTokenizer") -> "list[TokenRow]":
    """Return a prompt's completions in tokens: each pair's target, then its other.

    Completions end with the end-of-turn token, so that fragments are not preferred to sentences.
    """
    texts = [text for pair in prompt.pairs for text in (pair.target, pair.other)]
    replies = [[*prompt.messages(), {"role": "assistant", "content": text}] for text in texts]
    try:
        return [tokenizer.row(messages) for messages in replies]
    except InvalidDataError as error:
        raise InvalidDataError(f'The prompt "{prompt.id}" can\'t be scored: {error}') from error


def batches(prompts: "Sequence[list[TokenRow]]") -> Iterator[list[int]]:
    """Divide prompts into forward passes of a suitable size; yields their indices in order.

    Args:
        prompts: Each prompt's completions, as `rows_of` returns them.
    """
    batch: list[int] = []
    seen: set[tuple[int, ...]] = set()
    for place, rows in enumerate(prompts):
        prefixes = {tuple(row.ids[:end]) for row in rows for end in range(1, row.needed)}
        if batch and len(seen | prefixes) > BATCH_TOKENS:
            yield batch
            batch, seen = [], set()
        batch.append(place)
        seen |= prefixes
    if batch:
        yield batch


def layout_for(model: "PreTrainedModel", rows: "Sequence[TokenRow]") -> "Layout":
    """Return the layout that a model supports, tested on one prompt's completions."""
    from backend.training.layout_choice import choose_layout

    return choose_layout(model, rows, model.dtype)


def log_probabilities(
    model: "PreTrainedModel", rows: "Sequence[TokenRow]", layout: "Layout" = "tree"
) -> tuple[list[float], list[int]]:
    """Return each reply's summed log-probability and its number of tokens, from one pass."""
    import torch

    from backend.training.layout import lay_out

    sums: list[float] = []
    lengths: list[int] = []
    with torch.inference_mode():
        for tree in lay_out([r.ids for r in rows], [r.trained for r in rows], layout):
            moved = tree.to(model.device)
            logs = moved.log_probabilities(model, model.dtype)
            owners = int(tree.rows.max()) + 1
            summed = torch.zeros(owners, device=logs.device).index_add_(0, moved.rows, logs)
            sums += summed.tolist()
            lengths += torch.bincount(tree.rows, minlength=owners).tolist()
    return sums, lengths


def score(
    model: "PreTrainedModel", prompts: "Sequence[list[TokenRow]]", layout: "Layout" = "tree"
) -> list[list[ContrastScore]]:
    """Return the contrast of each pair of each prompt, computed in one pass."""
    rows = [row for completions in prompts for row in completions]
    sums, lengths = log_probabilities(model, rows, layout)
    scores = iter(
        ContrastScore(
            total=sums[i] - sums[i + 1],
            per_token=sums[i] / lengths[i] - sums[i + 1] / lengths[i + 1],
            target=sums[i],
            other=sums[i + 1],
        )
        for i in range(0, len(rows), 2)
    )
    return [[next(scores) for _ in range(0, len(rows), 2)] for rows in prompts]
