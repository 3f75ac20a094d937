"""This machine's GPUs and memory: how much it has, and how much is free."""

import os
import shutil
import subprocess
from functools import cache
from typing import Literal

import psutil

Place = Literal["GPU", "machine"]
GIB = 2**30
MACHINE_SHARE = 0.8
"""Share of the machine's memory that a model may take without a GPU."""


@cache
def gpu_memories() -> tuple[float, ...]:
    """Return the memory of each usable NVIDIA GPU, in GiB."""
    return tuple(size / GIB for size in gpu_bytes("total").values())


def gpu_bytes(which: Literal["total", "free"]) -> dict[int, int]:
    """Return the total or free memory of each usable NVIDIA GPU, in bytes.

    The keys are the GPUs' indices in nvidia-smi, which are CUDA's if CUDA_DEVICE_ORDER is
    PCI_BUS_ID. `CUDA_VISIBLE_DEVICES` limits which GPUs are usable.
    """
    if not shutil.which("nvidia-smi"):
        return {}
    query = ["nvidia-smi", f"--query-gpu=memory.{which}", "--format=csv,noheader,nounits"]
    lines = subprocess.run(query, capture_output=True, text=True).stdout.split()
    sizes = [int(line) * 2**20 for line in lines if line.isdigit()]
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return {
        index: size
        for index, size in enumerate(sizes)
        if allowed is None or str(index) in allowed.split(",")
    }


def least_used_gpu() -> dict[str, str]:
    """Return environment variables that limit a process to the GPU with the most free memory.

    They are empty on a machine with at most one GPU. With several, this lets an engine serve a
    model beside a training job.
    """
    free = gpu_bytes("free")
    if len(free) < 2:
        return {}
    chosen = max(free, key=lambda index: free[index])
    return {"CUDA_VISIBLE_DEVICES": str(chosen), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def machine_memory_gib() -> float:
    """Return the memory that a model may take, in GiB: that of all GPUs, else of the machine."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return sum(gpu_memories()) or MACHINE_SHARE * total


def free_bytes(place: Place) -> int:
    """Return the free memory in bytes: that of the least used GPU, or of the machine."""
    if place == "machine":
        return int(psutil.virtual_memory().available)
    return max(gpu_bytes("free").values(), default=0)
