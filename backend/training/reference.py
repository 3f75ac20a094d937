"""Reference log-probabilities of a finished adapter in torch, to check the engine against."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import PeftModel

from backend.base_models.tokenizer import ChatTokenizer, TokenRow
from backend.files import replacing

ROWS = 6
POSITIONS = 4
"""Positions in each row: its first reply tokens."""
TOP = 20
"""Tokens compared at each position: the most likely ones under the adapter."""


@torch.inference_mode()
def write_reference(
    model: PeftModel,
    rows: Sequence[TokenRow],
    prompt: list[dict[str, str]],
    tokenizer: ChatTokenizer,
    path: Path,
) -> None:
    """Write log-probabilities with and without the adapter, in nats, at a few dozen positions.

    Args:
        model: The saved adapter, loaded again, on the base model.
        rows: The training rows; evenly spaced ones are used.
        prompt: Messages of a training prompt, to compare tokenisation.
        tokenizer: The base model's tokenizer.
        path: The JSON file to write.
    """
    spaced = [rows[i * len(rows) // ROWS] for i in range(min(ROWS, len(rows)))]
    positions = [position for row in spaced for position in _positions(model, row)]
    content = {
        "prompt": {"messages": prompt, "tokens": tokenizer.prompt_ids(prompt)},
        "positions": positions,
    }
    with replacing(path) as scratch:
        scratch.write_text(json.dumps(content))


def _positions(model: PeftModel, row: TokenRow) -> list[dict[str, list[int] | list[float]]]:
    labels = [i for i, flag in enumerate(row.trained) if flag][:POSITIONS]
    ids = torch.tensor([row.ids], device=model.device)
    adapted = model(input_ids=ids).logits[0].log_softmax(-1)
    with model.disable_adapter():
        plain = model(input_ids=ids).logits[0].log_softmax(-1)
    positions = []
    for position in labels:
        top = adapted[position - 1].topk(TOP)
        positions.append(
            {
                "tokens": row.ids[:position],
                "next": top.indices.tolist(),
                "adapter": top.values.tolist(),
                "base": plain[position - 1, top.indices].tolist(),
            }
        )
    return positions
