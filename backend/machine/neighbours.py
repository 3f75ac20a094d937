"""Other work on this machine: whether it slows a job down, and how the job's threads make room.

A job computes in one thread for each core. After each operation, its threads spin until the last
one has finished: to wake sleeping ones would take longer than most operations do. But a spinning
thread looks busy to the kernel, which moves a waiting thread only to a core that is idle. So as
soon as another program takes one of the cores, the thread there gets its turn rarely, and all the
others spin for it. While others compute, the job's threads therefore sleep at once.

The number of threads stays the same, because sums are split among them: with another number, a
resumed run would differ in its last bits from an uninterrupted one.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

SPINS = {"GOMP_SPINCOUNT": "30000"}
"""How long the threads of a job spin before they sleep: 1 to 2 ms, longer than most operations.
libgomp's own 300,000 spins would let one neighbour stop a job."""
PERIOD = 0.5
"""Seconds between two looks."""
LOOKS = 4
"""Looks that are judged together, so that what lasts less than a second counts little."""
OTHERS, WAITED = 0.5, 0.1
"""Cores that others use, and seconds per second that this process's threads wait for a core, from
which on it counts as slowed down. Alone, a training waits for less than 0.02."""


class Usage(NamedTuple):
    """Seconds since some start: of the clock, of all cores, of this process, and of its waiting."""

    clock: float
    machine: float
    process: float
    waited: float

    @classmethod
    def now(cls) -> "Usage":
        """Read the counters."""
        return cls(time.monotonic(), _machine(), time.process_time(), _waited())

    def slowed_since(self, start: "Usage") -> bool:
        """Whether other work has kept this process from computing since an earlier reading."""
        seconds = self.clock - start.clock
        others = (self.machine - start.machine) - (self.process - start.process)
        return others >= OTHERS * seconds and self.waited - start.waited >= WAITED * seconds


def _machine() -> float:
    """Return the seconds that all processes have computed together."""
    times = psutil.cpu_times()
    kinds = ("user", "nice", "system", "irq", "softirq")
    return sum(getattr(times, kind, 0.0) for kind in kinds)


def _waited() -> float:
    """Return the seconds that this process's threads have waited for a core; 0 if not on Linux."""
    nanoseconds = 0
    for schedstat in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # The thread has ended.
            nanoseconds += int(schedstat.read_text().split()[1])
    return nanoseconds / 1e9


class Neighbours:
    """Watches other work for one job, and switches the spinning of the job's threads."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        """Prepare to watch.

        Args:
            tell: Called from a thread of its own whenever other work starts or ceases to slow this
                process down.
        """
        self._tell = tell
        self._readings = deque([Usage.now()], maxlen=LOOKS + 1)
        self._slowed = False
        self._quiet = Quiet()

    def look(self) -> None:
        """Take a reading; switch and tell if it changes the verdict."""
        self._readings.append(Usage.now())
        slowed = self._readings[-1].slowed_since(self._readings[0])
        self._quiet.switch(slowed)
        if slowed != self._slowed:
            self._slowed = slowed
            self._tell(slowed)

    def watch(self, end: threading.Event) -> None:
        """Look until the end."""
        while not end.wait(PERIOD):
            self.look()
        self._quiet.switch(False)


class Quiet:
    """Whether OpenMP's threads sleep as soon as they wait.

    libgomp reads its wait policy only as a process starts, but "if there are more OpenMP threads
    than available CPUs", it spins a hundred times only (GOMP_SPINCOUNT in its manual). A thread
    with an idle team of its own makes them more, as long as it lives.
    """

    def __init__(self) -> None:
        """Leave the threads spinning."""
        self._end: threading.Event | None = None

    def switch(self, on: bool) -> None:
        """Have them sleep or spin; before torch is loaded, there are none."""
        if on and not self._end and "torch" in sys.modules:
            self._end = threading.Event()
            threading.Thread(target=_hold_team, args=(self._end,), daemon=True).start()
        elif not on and self._end:
            self._end.set()
            self._end = None


def _hold_team(end: threading.Event) -> None:
    import torch

    torch.ones(1 << 20).sum()  # Large enough to be split among all threads of a team.
    end.wait()


@contextmanager
def making_room(tell: Callable[[bool], None]) -> Iterator[None]:
    """Make room for other work while the body runs; see `Neighbours` for `tell`."""
    end = threading.Event()
    watch = threading.Thread(target=Neighbours(tell).watch, args=(end,), daemon=True)
    watch.start()
    try:
        yield
    finally:
        end.set()
        watch.join()
