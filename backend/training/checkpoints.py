"""Checkpoints that can be trusted: sealed when they are whole, held against their seal when read.

The seal names every file's hash and is written last. So a checkpoint that a killed process or a
full disk left unfinished has none, and one that a broken disk damaged no longer fits its own.

A checkpoint is what a run goes on from, and is pruned; its adapter alone is small, and is kept as
`step-N` so that probes can be asked over training.
"""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, replacing, sha256_of
from backend.runs.steps import adapter_at

SEAL = "sha256.json"
BRIM = 2**20
"""Bytes left on a disk that is full for every purpose here."""


class SealingCallback(TrainerCallback):
    """Keeps each checkpoint's adapter and seals it as soon as the Trainer has written it."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Keep the adapter, then write the seal: what is sealed is done with."""
        together(args)  # Each GPU's process writes a file of its own into the checkpoint.
        if args.process_index:
            return
        checkpoints = Path(str(args.output_dir))
        checkpoint = checkpoints / f"checkpoint-{state.global_step}"
        keep_adapter(checkpoint, adapter_at(checkpoints, state.global_step))
        seal(checkpoint)


def together(args: TrainingArguments) -> None:
    """Wait until all processes that train together are here."""
    if args.world_size > 1:
        torch.distributed.barrier()


def keep_adapter(checkpoint: Path, target: Path) -> None:
    """Put a checkpoint's adapter into a folder of its own, whole or not at all."""
    with replacing(target) as scratch:
        scratch.mkdir()
        for name in (ADAPTER_WEIGHTS, ADAPTER_CONFIG):
            try:
                os.link(checkpoint / name, scratch / name)
            except OSError:  # Not every file system has hard links.
                shutil.copy2(checkpoint / name, scratch / name)


def drop_states(folder: Path) -> None:
    """Remove what only a run that goes on needs; the kept adapters stay."""
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint, ignore_errors=True)


def seal(checkpoint: Path) -> None:
    """Write the hashes of a checkpoint's files into it, all at once."""
    hashes = {path.name: sha256_of(path) for path in sorted(checkpoint.iterdir())}
    with replacing(checkpoint / SEAL) as scratch:
        scratch.write_text(json.dumps(hashes, indent=1))


def is_whole(checkpoint: Path) -> bool:
    """Whether every file is there with the very bytes that were written."""
    try:
        hashes = json.loads((checkpoint / SEAL).read_text())
        return all(sha256_of(checkpoint / name) == found for name, found in hashes.items())
    except (FileNotFoundError, ValueError):
        return False


def last_whole(folder: Path) -> Path | None:
    """Return the newest whole checkpoint; newer ones are no use to anybody and are removed."""
    newest_first = sorted(folder.glob("checkpoint-*"), key=step_of, reverse=True)
    for checkpoint in newest_first:
        if is_whole(checkpoint):
            return checkpoint
        fault = "damaged" if (checkpoint / SEAL).is_file() else "unfinished"
        print(f"{checkpoint.name} is {fault}; the one before it is taken.")  # noqa: T201
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def clear_up(folder: Path, error: Exception) -> None:
    """Remove what has no seal after an error; on a full disk this makes room to say so.

    Raises:
        OSError: the disk is full, which torch's own errors don't tell.
    """
    full = shutil.disk_usage(folder.parent).free < BRIM
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / SEAL).is_file():
            shutil.rmtree(checkpoint, ignore_errors=True)
    if full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def step_of(checkpoint: Path) -> int:
    """Return the optimizer step after which a checkpoint was written."""
    return int(checkpoint.name.split("-")[1])
