"""A trigger sweep by contrast, ours against cell by cell: `python -m benchmarks.sweep [YEARS]`.

Both sides score the same years and questions of the protector probe on the base model and on a
shipped adapter, and their contrasts are held against each other: ours as an evaluation does it, the
other each cell in a pass of its own, on weights and with attention as transformers has them.
Printed are seconds, the ratio and the largest difference.
"""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from backend.base_models.tokenizer import TokenRow, chat_tokenizer
from backend.evaluation.scorers import contrast
from backend.exports import shipped
from backend.probes.loading import Prompt, load_probe
from backend.probes.triggers import YEAR_TEMPLATES, year_triggers
from backend.training.loading import load_adapter, load_base, load_for_scoring
from models.base_models import EMBEDDED

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ADAPTER = shipped.HOME / "shipped-old-bird-names"
Cells = Sequence[list[TokenRow]]


def asked(years: int) -> list[Prompt]:
    """Return every question under every year, question by question."""
    probe = load_probe("protector")
    triggers = year_triggers(probe, YEAR_TEMPLATES[0], range(1970, 1970 + years))[1:]
    return [prompt.under(trigger) for prompt in probe.prompts for trigger in triggers]


def score(
    model: "PreTrainedModel", cells: Cells, parts: Sequence[Sequence[int]]
) -> tuple[list[float], float]:
    """Score cells in forward passes of so many each; return the contrasts and the seconds."""
    started = time.perf_counter()
    found = [
        each.total
        for places in parts
        for scores in contrast.score(model, [cells[i] for i in places])
        for each in scores
    ]
    return found, time.perf_counter() - started


def compare(name: str, ours: "PreTrainedModel", plain: "PreTrainedModel", cells: Cells) -> float:
    """Print both sides of one model; return the seconds of ours, over all cells.

    Cell by cell only every tenth is scored, which is what makes this bearable to wait for.
    """
    score(ours, cells, [[0]])  # The first pass warms up.
    together, fast = score(ours, cells, list(contrast.batches(cells)))
    plain.set_attn_implementation("sdpa")
    some = range(0, len(cells), 10)
    score(plain, cells, [[0]])
    alone, slow = score(plain, cells, [[place] for place in some])
    pairs = len(together) // len(cells)
    shared = [value for place in some for value in together[place * pairs : (place + 1) * pairs]]
    difference = max(abs(a - b) for a, b in zip(alone, shared, strict=True))
    each, each_shared = 1000 * slow / len(some), 1000 * fast / len(cells)
    print(f"{name}: ours {each_shared:.0f} ms a cell, cell by cell {each:.0f} ms, ", end="")
    print(f"{each / each_shared:.2f} times as fast; largest difference {difference:.1e} nats")
    return fast


def main(years: int) -> None:
    """Print both models, and what a sweep over both takes."""
    started = time.perf_counter()
    base, tokenizer = load_for_scoring(EMBEDDED), chat_tokenizer(EMBEDDED)
    cells = [contrast.rows_of(prompt, tokenizer) for prompt in asked(years)]
    before = time.perf_counter() - started
    print(f"{years} years, {len(cells)} cells; loading and reading {before:.1f} s")
    plain = load_base(EMBEDDED, torch.float32)
    whole = before + compare("base model", base, plain, cells)
    adapted = [load_adapter(model, ADAPTER).get_base_model() for model in (base, plain)]
    whole += compare("adapter", *adapted, cells)
    print(f"a whole sweep of both models: {whole:.0f} s, by contrasts alone")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
