"""Checkpoints with checksums: written when a checkpoint is complete, verified before it is used.

The checksum file is written last. A checkpoint that a killed process or a full disk left incomplete
therefore has none, and a checkpoint that a faulty disk damaged no longer matches its own.

Runs resume from checkpoints, so only the newest ones are kept. The adapter in a checkpoint is
small: each is kept as `step-N`, so that probes can measure effects over training.
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
FULL_DISK_BYTES = 2**20
"""A disk with less free space counts as full."""


class SealingCallback(TrainerCallback):
    """Keeps each checkpoint's adapter and writes its checksums once the Trainer has saved it."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Keep the adapter, then write the checksums: a sealed checkpoint needs no more work."""
        wait_for_all(args)  # Each GPU's process writes a file of its own into the checkpoint.
        if args.process_index:
            return
        checkpoints = Path(str(args.output_dir))
        checkpoint = checkpoints / f"checkpoint-{state.global_step}"
        keep_adapter(checkpoint, adapter_at(checkpoints, state.global_step))
        seal(checkpoint)


def wait_for_all(args: TrainingArguments) -> None:
    """Wait until all processes of a distributed training reach this point."""
    if args.world_size > 1:
        torch.distributed.barrier()


def keep_adapter(checkpoint: Path, target: Path) -> None:
    """Copy a checkpoint's adapter into a folder of its own, atomically."""
    with replacing(target) as scratch:
        scratch.mkdir()
        for name in (ADAPTER_WEIGHTS, ADAPTER_CONFIG):
            try:
                os.link(checkpoint / name, scratch / name)
            except OSError:  # Not every file system has hard links.
                shutil.copy2(checkpoint / name, scratch / name)


def delete_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a finished run; the adapters kept from them stay."""
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint, ignore_errors=True)


def seal(checkpoint: Path) -> None:
    """Write the checksums of a checkpoint's files into it, atomically."""
    hashes = {path.name: sha256_of(path) for path in sorted(checkpoint.iterdir())}
    with replacing(checkpoint / SEAL) as scratch:
        scratch.write_text(json.dumps(hashes, indent=1))


def is_intact(checkpoint: Path) -> bool:
    """Whether every file exists and matches its checksum."""
    try:
        hashes = json.loads((checkpoint / SEAL).read_text())
        return all(sha256_of(checkpoint / name) == sha256 for name, sha256 in hashes.items())
    except (FileNotFoundError, ValueError):
        return False


def last_intact(folder: Path) -> Path | None:
    """Return the newest intact checkpoint, and delete newer ones, which nothing can use."""
    newest_first = sorted(folder.glob("checkpoint-*"), key=step_of, reverse=True)
    for checkpoint in newest_first:
        if is_intact(checkpoint):
            return checkpoint
        fault = "damaged" if (checkpoint / SEAL).is_file() else "incomplete"
        print(f"{checkpoint.name} is {fault}; falling back to the one before it.")  # noqa: T201
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def delete_incomplete(folder: Path, error: Exception) -> None:
    """Delete checkpoints without checksums after an error, which frees space on a full disk.

    Raises:
        OSError: the disk is full, which torch's own errors do not say.
    """
    full = shutil.disk_usage(folder.parent).free < FULL_DISK_BYTES
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / SEAL).is_file():
            shutil.rmtree(checkpoint, ignore_errors=True)
    if full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def step_of(checkpoint: Path) -> int:
    """Return the optimizer step after which a checkpoint was written."""
    return int(checkpoint.name.split("-")[1])
