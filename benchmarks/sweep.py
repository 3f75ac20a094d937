"""Speed of a trigger sweep by contrast, against cell by cell: `python -m benchmarks.sweep [YEARS]`.

Both sides score the same years and questions of the protector probe on the base model and on a
shipped adapter: ours as in an evaluation, the other with a forward pass for each cell (a question
under a year) and the weights and attention of plain transformers. The script prints the times,
their ratio and the largest difference of the contrasts.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import torch
import typer

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


def prompts_of(years: int) -> list[Prompt]:
    """Return every question under every year, sorted by question."""
    probe = load_probe("protector")
    triggers = year_triggers(probe, YEAR_TEMPLATES[0], range(1970, 1970 + years))[1:]
    return [prompt.under(trigger) for prompt in probe.prompts for trigger in triggers]


def score(
    model: "PreTrainedModel", cells: Cells, batches: Sequence[Sequence[int]]
) -> tuple[list[float], float]:
    """Score batches of cells by index; return the contrasts and the seconds."""
    started = time.perf_counter()
    contrasts = [
        pair.total
        for batch in batches
        for pairs in contrast.score(model, [cells[index] for index in batch])
        for pair in pairs
    ]
    return contrasts, time.perf_counter() - started


def compare(name: str, ours: "PreTrainedModel", plain: "PreTrainedModel", cells: Cells) -> float:
    """Print both sides for one model; return our seconds for all cells.

    Cell by cell, only every tenth cell is scored, to save time.
    """
    score(ours, cells, [[0]])  # The first pass warms up.
    contrasts, seconds = score(ours, cells, list(contrast.batches(cells)))
    plain.set_attn_implementation("sdpa")
    tenth = range(0, len(cells), 10)
    score(plain, cells, [[0]])
    expected, plain_seconds = score(plain, cells, [[index] for index in tenth])
    pairs = len(contrasts) // len(cells)
    compared = [value for i in tenth for value in contrasts[i * pairs : (i + 1) * pairs]]
    difference = max(abs(a - b) for a, b in zip(expected, compared, strict=True))
    plain_ms, ms = 1000 * plain_seconds / len(tenth), 1000 * seconds / len(cells)
    print(f"{name}: ours {ms:.0f} ms a cell, cell by cell {plain_ms:.0f} ms, ", end="")
    print(f"{plain_ms / ms:.2f} times as fast; largest difference {difference:.1e} nats")
    return seconds


def main(years: Annotated[int, typer.Argument(min=1)] = 60) -> None:
    """Compare on both models and print the time of a complete sweep."""
    started = time.perf_counter()
    base, tokenizer = load_for_scoring(EMBEDDED), chat_tokenizer(EMBEDDED)
    cells = [contrast.rows_of(prompt, tokenizer) for prompt in prompts_of(years)]
    loading = time.perf_counter() - started
    print(f"{years} years, {len(cells)} cells; loading and tokenising {loading:.1f} s")
    plain = load_base(EMBEDDED, torch.float32)
    total = loading + compare("base model", base, plain, cells)
    adapted = [load_adapter(model, ADAPTER).get_base_model() for model in (base, plain)]
    total += compare("adapter", *adapted, cells)
    print(f"a complete sweep of both models: {total:.0f} s, contrasts only")


if __name__ == "__main__":
    typer.run(main)
