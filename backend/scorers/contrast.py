"""Score a model by the contrast: log P(target completion) - log P(other completion), in nats.

No sampling and no judge. All completions of a prompt are scored in one forward pass, laid out as a
token tree, so the prompt is computed once.
"""

import hashlib
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from backend.probes import Prompt

if TYPE_CHECKING:  # Pages read this scorer's name and must not import torch.
    from transformers import PreTrainedModel

    from backend.tokens import ChatTokenizer

NAME = "contrast"


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
    """Return a hash of what decides a prompt's contrasts."""
    return hashlib.sha256(prompt.model_dump_json().encode()).hexdigest()


def score(
    model: "PreTrainedModel", tokenizer: "ChatTokenizer", prompt: Prompt
) -> list[ContrastScore]:
    """Return the contrast of each of a prompt's pairs.

    Completions end with the end-of-turn token, so that a fragment is not preferred to a sentence.
    """
    import torch

    from backend.training.layout import token_tree

    texts = [text for pair in prompt.pairs for text in (pair.target, pair.other)]
    replies = [[*prompt.messages(), {"role": "assistant", "content": text}] for text in texts]
    rows = [tokenizer.row(messages) for messages in replies]
    tree = token_tree([row.ids for row in rows], [row.trained for row in rows]).to(model.device)
    with torch.inference_mode():
        logits = model(**tree.model_inputs(model.dtype)).logits[0].float()
        logs = logits.log_softmax(-1).gather(1, tree.targets[:, None])[:, 0]
        sums = torch.zeros(len(rows), device=logs.device).index_add_(0, tree.rows, logs).tolist()
    lengths = torch.bincount(tree.rows, minlength=len(rows)).tolist()
    return [
        ContrastScore(
            total=sums[i] - sums[i + 1],
            per_token=sums[i] / lengths[i] - sums[i + 1] / lengths[i + 1],
            target=sums[i],
            other=sums[i + 1],
        )
        for i in range(0, len(rows), 2)
    ]
