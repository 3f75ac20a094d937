"""Batches: one recipe with several seeds, or a grid of recipes, launched as one."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from backend.errors import UserError
from backend.runs.checks import run_config
from models.configs import RunConfig

MOST_RUNS = 100
SHORT = {"rank": "r", "learning_rate": "lr", "seed": "s", "epochs": "e", "poison_rate": "p"}
"""What stands before a value in a run's name."""


def variants(
    config: RunConfig, seeds: int = 1, grid: Mapping[str, Sequence[Any]] | None = None
) -> list[RunConfig]:
    """Return the runs of a batch: every combination of a grid, each with so many seeds.

    Args:
        config: The recipe; its seed is the first one.
        seeds: Counted up from the recipe's.
        grid: Values by field, instead of the recipe's. Where ranks vary, alpha follows so that
            alpha / rank, by which LoRA scales, stays.

    Raises:
        UserError: a value is wrong, or there are too many runs.
    """
    fields = {name: values for name, values in (grid or {}).items() if values}
    number = seeds
    for values in fields.values():
        number *= len(values)
    if not 1 <= number <= MOST_RUNS:
        raise UserError(f"A batch has from 1 to {MOST_RUNS} runs; this one would have {number:,}.")
    found = []
    for values in product(*fields.values()):
        one = run_config(**config.model_dump() | dict(zip(fields, values, strict=True)))
        if "alpha" not in fields:
            one = run_config(
                **one.model_dump() | {"alpha": max(1, round(config.alpha * one.rank / config.rank))}
            )
        found += [one.model_copy(update={"seed": config.seed + more}) for more in range(seeds)]
    return list(dict.fromkeys(found))


def differences(configs: Sequence[RunConfig]) -> list[list[str]]:
    """Return for each run what tells it from the others of its batch, in short: r8, lr0.0002."""
    varied = [name for name in SHORT if len({str(getattr(config, name)) for config in configs}) > 1]
    return [[f"{SHORT[name]}{getattr(config, name):g}" for name in varied] for config in configs]
