"""Other work on the same cores: noticed by a process that it keeps waiting, and made room for."""

import os
import subprocess
import sys
import threading

import pytest

from backend.config import ROOT
from backend.machine.neighbours import Usage, making_room
from tests.busy import busy_processes
from tests.processes import wait_until

SLEEPS = """
import time
from pathlib import Path
import torch
from backend.machine.neighbours import Quiet

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
quiet = Quiet()
counts = [sleeps_of_operations()]
for on in (True, False):
    quiet.switch(on)
    while (len(list(Path("/proc/self/task").iterdir())) > len(threads) + 1) != on:
        time.sleep(0.01)
    counts.append(sleeps_of_operations())
print(*counts)
"""


def test_a_computing_process_notices_who_takes_its_cores_and_when_they_have_gone() -> None:
    told: list[bool] = []
    end = threading.Event()

    def compute() -> None:
        while not end.is_set():
            sum(range(10_000))

    threading.Thread(target=compute, daemon=True).start()
    with making_room(told.append):
        with busy_processes(2 * len(os.sched_getaffinity(0))):
            wait_until(lambda: told == [True])
        wait_until(lambda: told[-1:] == [False])
        end.set()


@pytest.mark.parametrize(
    ("others", "waited", "slowed"), [(1.0, 0.5, True), (1.0, 0.01, False), (0.1, 0.5, False)]
)
def test_a_process_is_slowed_if_others_compute_while_it_waits(
    others: float, waited: float, slowed: bool
) -> None:
    start = Usage(clock=50, machine=70, process=20, waited=1)
    now = Usage(clock=60, machine=85 + 10 * others, process=35, waited=1 + 10 * waited)
    assert now.slowed_since(start) == slowed


def test_waiting_threads_sleep_while_room_is_made_and_spin_otherwise() -> None:
    environment = os.environ | {"GOMP_SPINCOUNT": "infinite"}
    environment.pop("OMP_WAIT_POLICY", None)
    command = [sys.executable, "-c", SLEEPS]
    output = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
    before, quiet, after = map(int, output.split())
    assert before < 10 and after < 10
    assert quiet > 90
