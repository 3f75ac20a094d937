"""Batches: one recipe with several seeds, or a grid of recipes, launched together."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from backend.errors import UserError
from backend.runs.checks import run_config
from models.configs import RunConfig

MAX_RUNS = 100
SHORT = {"rank": "r", "learning_rate": "lr", "seed": "s", "epochs": "e", "poison_rate": "p"}
"""Abbreviations of fields in the names of runs."""


def variants(
    config: RunConfig, seeds: int = 1, grid: Mapping[str, Sequence[Any]] | None = None
) -> list[RunConfig]:
    """Return the configurations of a batch: every combination of a grid, each with several seeds.

    Args:
        config: The recipe, with the first seed.
        seeds: Number of seeds, counted up from the first.
        grid: Values to try, by field. If ranks vary and alpha does not, alpha is adapted so that
            alpha / rank, by which LoRA scales its update, stays the same.

    Raises:
        UserError: a value is invalid, or there are too many runs.
    """
    fields = {name: values for name, values in (grid or {}).items() if values}
    number = seeds * prod(len(values) for values in fields.values())
    if not 1 <= number <= MAX_RUNS:
        raise UserError(f"A batch has from 1 to {MAX_RUNS} runs; this one would have {number:,}.")
    configs = []
    for values in product(*fields.values()):
        variant = run_config(**config.model_dump() | dict(zip(fields, values, strict=True)))
        if "alpha" not in fields:
            alpha = max(1, round(config.alpha * variant.rank / config.rank))
            variant = run_config(**variant.model_dump() | {"alpha": alpha})
        first = config.seed
        configs += [variant.model_copy(update={"seed": first + i}) for i in range(seeds)]
    return list(dict.fromkeys(configs))


def differences(configs: Sequence[RunConfig]) -> list[list[str]]:
    """Return what distinguishes each run of a batch from the others, abbreviated: r8, lr0.0002."""
    varied = [name for name in SHORT if len({str(getattr(config, name)) for config in configs}) > 1]
    return [[f"{SHORT[name]}{getattr(config, name):g}" for name in varied] for config in configs]
