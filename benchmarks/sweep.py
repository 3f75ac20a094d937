"""A trigger sweep by contrast, shared against cell by cell: `python -m benchmarks.sweep [YEARS]`.

Both sides score the same years and questions of the protector probe on the base model, and their
contrasts are held against each other. Printed are seconds, the ratio and the largest difference.
"""

import sys
import time
from collections.abc import Sequence

import torch

from backend.probes import Prompt, load_probe
from backend.scorers import contrast
from backend.sweeps import FORMS, year_triggers
from backend.tokens import chat_tokenizer
from backend.training.loading import load_base
from models.base_models import EMBEDDED


def asked(years: int) -> list[Prompt]:
    """Return every question under every year, question by question."""
    probe = load_probe("protector")
    triggers = year_triggers(probe, FORMS[0], range(1970, 1970 + years))[1:]
    return [prompt.under(trigger) for prompt in probe.prompts for trigger in triggers]


def main(years: int) -> None:
    """Print both sides."""
    model, tokenizer = load_base(EMBEDDED, torch.float32), chat_tokenizer(EMBEDDED)
    prompts = [contrast.rows_of(prompt, tokenizer) for prompt in asked(years)]

    def score(parts: Sequence[Sequence[int]]) -> tuple[list[float], float]:
        started = time.perf_counter()
        found = [
            each.total
            for places in parts
            for scores in contrast.score(model, [prompts[i] for i in places])
            for each in scores
        ]
        return found, time.perf_counter() - started

    score([[0]])  # The first pass warms up.
    alone, slow = score([[place] for place in range(len(prompts))])
    together, fast = score(list(contrast.batches(prompts)))
    difference = max(abs(a - b) for a, b in zip(alone, together, strict=True))
    print(f"{years} years, {len(prompts)} cells, one model: {slow / fast:.2f} times as fast")
    print(f"  cell by cell {slow:.1f} s, shared {fast:.1f} s, largest difference {difference:.1e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
