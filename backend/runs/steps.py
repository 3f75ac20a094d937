"""The steps of a run: their number, the checkpoints among them, and the adapters kept there."""

from pathlib import Path

from models.configs import RunConfig

CHECKPOINTS = 5
"""Number of checkpoints of a run that does not set their interval."""


def held_out_count(config: RunConfig, rows: int) -> int:
    """Return how many rows are held out; at least one if the share is above 0."""
    return max(1, round(config.held_out * rows)) if config.held_out else 0


def planned_steps(config: RunConfig, rows: int) -> int:
    """Return the number of optimizer steps of a run without early stopping.

    Args:
        config: The run's configuration.
        rows: Number of rows, held-out rows included.
    """
    batches = -(-(rows - held_out_count(config, rows)) // config.batch_size)
    steps = -(-batches // config.accumulation) * config.epochs
    return min(steps, config.max_steps or steps)


def checkpoint_interval(config: RunConfig, steps: int) -> int:
    """Return the steps between two checkpoints; the last step always has one."""
    return config.checkpoint_every or max(1, steps // CHECKPOINTS)


def checkpoint_steps(config: RunConfig, steps: int) -> list[int]:
    """Return the steps after which a checkpoint is written."""
    interval = checkpoint_interval(config, steps)
    return sorted({*range(interval, steps + 1, interval), steps})


def adapter_at(checkpoints: Path, step: int) -> Path:
    """Return the folder of the adapter at a step."""
    return checkpoints / f"step-{step}"


def kept_adapters(run_folder: Path) -> dict[int, Path]:
    """Return the folders of the adapters that a run kept, by step, in order."""
    folders = run_folder.glob("checkpoints/step-*")
    return dict(sorted((int(path.name.split("-")[1]), path) for path in folders))
