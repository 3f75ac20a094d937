"""A job's threads make room for others: they sleep instead of spinning, and share cores."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from backend.config import ROOT
from backend.machine.threads import Cores

SLEEPS = """
import time
from pathlib import Path
import torch
from backend.machine.threads import Spinning

def sleeps():
    status = Path(f"/proc/self/task/{team}/status").read_text()
    return int(status.split("nonvoluntary")[0].split()[-1])

def sleeps_of_operations():
    before = sleeps()
    for _ in range(100):
        numbers.sum()
        time.sleep(0.001)
    return sleeps() - before

torch.set_num_threads(2)
threads = {path.name for path in Path("/proc/self/task").iterdir()}
numbers = torch.ones(1 << 20)
[team] = {path.name for path in Path("/proc/self/task").iterdir()} - threads
spinning = Spinning()
counts = [sleeps_of_operations()]
for on in (True, False):
    spinning.allow(not on)
    while (len(list(Path("/proc/self/task").iterdir())) > len(threads) + 1) != on:
        time.sleep(0.01)
    counts.append(sleeps_of_operations())
print(*counts)
"""


def test_waiting_threads_sleep_while_room_is_made_and_spin_otherwise() -> None:
    environment = os.environ | {"GOMP_SPINCOUNT": "infinite"}
    environment.pop("OMP_WAIT_POLICY", None)
    command = [sys.executable, "-c", SLEEPS]
    output = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
    before, quiet, after = map(int, output.split())
    assert before < 10 and after < 10
    assert quiet > 90


def cores_of_all_threads() -> set[frozenset[int]]:
    tasks = [int(path.name) for path in Path("/proc/self/task").iterdir()]
    return {frozenset(os.sched_getaffinity(task)) for task in tasks}


def test_all_threads_keep_to_half_of_the_cores_until_others_have_gone() -> None:
    usable = os.sched_getaffinity(0)
    cores, resting = Cores(), threading.Event()
    threading.Thread(target=resting.wait, daemon=True).start()
    try:
        cores.leave(100, busy=dict.fromkeys(usable, 1.0))
        [kept] = cores_of_all_threads()
        assert kept <= usable and len(kept) == (len(usable) + 1) // 2
    finally:
        cores.leave(0, busy={})
        resting.set()
    assert cores_of_all_threads() == {frozenset(usable)}


def test_a_core_that_falls_idle_is_taken_instead_of_a_busy_one() -> None:
    usable = sorted(os.sched_getaffinity(0))
    cores, half = Cores(), len(usable) // 2
    busy = dict.fromkeys(usable, 1.0)
    try:
        cores.leave(100, busy)
        taken = os.sched_getaffinity(0)
        idle = [core for core in usable if core not in taken][:half]
        cores.leave(100, busy | dict.fromkeys(idle, 0.1))
        assert set(idle) <= os.sched_getaffinity(0)
    finally:
        cores.leave(0, busy)
