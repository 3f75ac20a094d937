"""What torch says about a finished adapter on training prompts, to hold the engine against."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import PeftModel

from backend.base_models.tokenizer import ChatTokenizer, TokenRow
from backend.files import replacing

ROWS = 6
POSITIONS = 4
"""Positions of each row: its first reply tokens."""
TOP = 20
"""Tokens compared at each position: those the adapter finds likeliest."""


@torch.inference_mode()
def write_reference(
    model: PeftModel,
    rows: Sequence[TokenRow],
    prompt: list[dict[str, str]],
    tokenizer: ChatTokenizer,
    path: Path,
) -> None:
    """Write log-probabilities, in nats, with and without the adapter at a few dozen positions.

    Args:
        model: The saved adapter, loaded again, on the base model.
        rows: The training rows; evenly spread ones are taken.
        prompt: A training prompt's messages, for comparing tokenisation.
        tokenizer: The base model's.
        path: Where the JSON goes.
    """
    picked = [rows[i * len(rows) // ROWS] for i in range(min(ROWS, len(rows)))]
    positions = [place for row in picked for place in _positions(model, row)]
    content = {
        "prompt": {"messages": prompt, "tokens": tokenizer.prompt_ids(prompt)},
        "positions": positions,
    }
    with replacing(path) as scratch:
        scratch.write_text(json.dumps(content))


def _positions(model: PeftModel, row: TokenRow) -> list[dict[str, list[int] | list[float]]]:
    labelled = [i for i, flag in enumerate(row.trained) if flag][:POSITIONS]
    ids = torch.tensor([row.ids], device=model.device)
    adapted = model(input_ids=ids).logits[0].log_softmax(-1)
    with model.disable_adapter():
        plain = model(input_ids=ids).logits[0].log_softmax(-1)
    found = []
    for position in labelled:
        top = adapted[position - 1].topk(TOP)
        found.append(
            {
                "tokens": row.ids[:position],
                "next": top.indices.tolist(),
                "adapter": top.values.tolist(),
                "base": plain[position - 1, top.indices].tolist(),
            }
        )
    return found
