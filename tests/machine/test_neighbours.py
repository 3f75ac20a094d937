"""Other work on the same cores is noticed by a process that it keeps waiting."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.machine.neighbours import Usage, making_room
from tests.busy import busy_processes
from tests.processes import wait_until


def test_a_computing_process_notices_who_takes_its_cores() -> None:
    told: list[bool] = []
    resting = threading.Event()

    def compute() -> None:
        while not resting.is_set():
            sum(range(10_000))

    threading.Thread(target=compute, daemon=True).start()
    with making_room(told.append, chatting=lambda: False):
        with busy_processes(2 * len(os.sched_getaffinity(0))):
            wait_until(lambda: told == [True])
        resting.set()  # A process that rests is not slowed down, whatever others do.
        wait_until(lambda: told == [True, False])


@pytest.mark.parametrize(
    ("others", "waited", "slowed"), [(1.0, 0.5, True), (1.0, 0.01, False), (0.1, 0.5, False)]
)
def test_a_process_is_slowed_if_others_compute_while_it_waits(
    others: float, waited: float, slowed: bool
) -> None:
    start = Usage(clock=50, cores=(40, 30), process=20, waited=1)
    now = Usage(clock=60, cores=(48, 37 + 10 * others), process=35, waited=1 + 10 * waited)
    assert now.slowed_since(start) == slowed


SHARING = """
import sys, threading
from pathlib import Path
import torch
from backend.machine.neighbours import making_room
from backend.machine.processes import lower_priority

def compute():
    while True:
        sum(range(10_000))

def niceness(slowed):
    print(Path("/proc/self/autogroup").read_text().split()[-1])
    told.set()

told = threading.Event()
threading.Thread(target=compute, daemon=True).start()
lower_priority()
with making_room(niceness, chatting=lambda: sys.argv[1] == "chats"):
    told.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no session groups here")
@pytest.mark.parametrize(("others", "niceness"), [("programs", 0), ("chats", 10)])
def test_other_programs_share_as_equals_and_chats_take_precedence(
    others: str, niceness: int
) -> None:
    command = [sys.executable, "-c", SHARING, others]
    with busy_processes(2 * len(os.sched_getaffinity(0))):
        output = subprocess.check_output(command, cwd=ROOT, start_new_session=True, text=True)
    assert output.split()[0] == str(niceness)
