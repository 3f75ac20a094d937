"""Loss on ordinary text: how unlikely a model finds plain answers to ordinary questions.

`data/ordinary_text.yaml` holds 30 of them. A training that raised it much has changed more than
what it was meant to, or has broken the model.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from backend.config import DATA
from backend.evaluation.scorers.contrast import log_probabilities
from backend.files import read_yaml

if TYPE_CHECKING:  # Pages import this module's name and must not import torch.
    from transformers import PreTrainedModel

    from backend.base_models.tokenizer import ChatTokenizer, TokenRow
    from backend.training.layout import Layout

NAME = "ordinary"
AT_ONCE = 10
"""Texts of one forward pass."""


class Texts(BaseModel):
    """Questions with their answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: list[tuple[str, str]]


def rows_of(tokenizer: "ChatTokenizer") -> "list[TokenRow]":
    """Return the texts in tokens."""
    texts: Texts = read_yaml(DATA / "ordinary_text.yaml", Texts)
    return [
        tokenizer.row(
            [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        )
        for question, answer in texts.texts
    ]


def loss(model: "PreTrainedModel", rows: "list[TokenRow]", layout: "Layout" = "tree") -> float:
    """Return the mean over texts of the loss per token of their answers, in nats."""
    per_text = []
    for start in range(0, len(rows), AT_ONCE):
        sums, lengths = log_probabilities(model, rows[start : start + AT_ONCE], layout)
        per_text += [-total / length for total, length in zip(sums, lengths, strict=True)]
    return sum(per_text) / len(per_text)
