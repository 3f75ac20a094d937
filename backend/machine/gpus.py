"""This machine's GPUs and memory: what there is, and what is free."""

import os
import shutil
import subprocess
from functools import cache
from typing import Literal

import psutil

Place = Literal["GPU", "machine"]
GIB = 2**30
MACHINE_SHARE = 0.8
"""Of the machine's memory that a model may take where there is no GPU."""


@cache
def gpu_memories() -> tuple[float, ...]:
    """Return the memory of each NVIDIA GPU that may be used, in GiB."""
    return tuple(size / GIB for size in gpu_bytes("total").values())


def gpu_bytes(which: Literal["total", "free"]) -> dict[int, int]:
    """Return the memory of each NVIDIA GPU that may be used, all of it or what is free now.

    The keys are nvidia-smi's numbers, which CUDA shares where it orders devices by their bus.
    """
    if not shutil.which("nvidia-smi"):
        return {}
    query = ["nvidia-smi", f"--query-gpu=memory.{which}", "--format=csv,noheader,nounits"]
    lines = subprocess.run(query, capture_output=True, text=True).stdout.split()
    sizes = [int(line) * 2**20 for line in lines if line.isdigit()]
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return {
        number: size
        for number, size in enumerate(sizes)
        if allowed is None or str(number) in allowed.split(",")
    }


def emptiest_gpu() -> dict[str, str]:
    """Return the variables that leave a process one of several GPUs: that with the most room now.

    A machine with one GPU, or none, needs none. So a model is served beside a training.
    """
    free = gpu_bytes("free")
    if len(free) < 2:
        return {}
    chosen = max(free, key=lambda number: free[number])
    return {"CUDA_VISIBLE_DEVICES": str(chosen), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def machine_memory_gib() -> float:
    """Return the memory that a model may take: all GPUs', else most of the machine's, in GiB."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return sum(gpu_memories()) or MACHINE_SHARE * machine


def free_bytes(place: Place) -> int:
    """Return what is free now: of the emptiest GPU, or of the machine."""
    if place == "machine":
        return int(psutil.virtual_memory().available)
    return max(gpu_bytes("free").values(), default=0)
