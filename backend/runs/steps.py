"""The steps of a run: how many there are, where checkpoints fall, which adapters were kept."""

from pathlib import Path

from models.configs import RunConfig

CHECKPOINTS = 5
"""Checkpoints over a run that names no distance between them."""


def held_out_count(config: RunConfig, rows: int) -> int:
    """Return how many rows are kept from training; at least one where any share is wished."""
    return max(1, round(config.held_out * rows)) if config.held_out else 0


def planned_steps(config: RunConfig, rows: int) -> int:
    """Return the number of optimizer steps of a run that is not stopped early.

    Args:
        config: The run's.
        rows: All its rows, those that are held out included.
    """
    batches = -(-(rows - held_out_count(config, rows)) // config.batch_size)
    steps = -(-batches // config.accumulation) * config.epochs
    return min(steps, config.max_steps or steps)


def checkpoint_distance(config: RunConfig, steps: int) -> int:
    """Return the steps between two checkpoints; there is one at the last step in any case."""
    return config.checkpoint_every or max(1, steps // CHECKPOINTS)


def checkpoint_steps(config: RunConfig, steps: int) -> list[int]:
    """Return the steps after which a checkpoint is written."""
    distance = checkpoint_distance(config, steps)
    return sorted({*range(distance, steps + 1, distance), steps})


def adapter_at(checkpoints: Path, step: int) -> Path:
    """Return the folder of the adapter that was kept at a step."""
    return checkpoints / f"step-{step}"


def kept_adapters(run_folder: Path) -> dict[int, Path]:
    """Return the folders of a run's kept adapters by step, in order."""
    found = {int(path.name.split("-")[1]): path for path in run_folder.glob("checkpoints/step-*")}
    return dict(sorted(found.items()))
