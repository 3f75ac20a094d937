"""A job's threads: how they wait for each other, and on which cores.

A job computes in one thread for each core. After each operation, its threads spin until the last
one has finished: to wake sleeping ones would take longer than most operations do. But a spinning
thread looks busy to the kernel, which moves a waiting thread only to a core that is idle. So as
soon as another program takes one of the cores, the thread there gets its turn rarely, and all the
others spin for it. While others compute, the job's threads therefore sleep at once, and keep to the
cores that are left: two threads on one core wait less for each other than each beside a neighbour.

The number of threads stays the same, because sums are split among them: with another number, a
resumed run would differ in its last bits from an uninterrupted one.
"""

import os
import random
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

SPINS = 30_000
"""How often a thread of a job looks whether it may go on before it sleeps: for 1 to 2 ms, longer
than most operations take. libgomp's own 300,000 would let one neighbour stop a job."""
IDLE = 0.5
"""Share of the time below which a core counts as idle."""


def environment() -> dict[str, str]:
    """Return the environment variables of a job, which the user's own precede."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    threads = min(usable, psutil.cpu_count(logical=False) or usable)
    return {"GOMP_SPINCOUNT": str(SPINS), "OMP_NUM_THREADS": str(threads)}


def is_multithreaded() -> bool:
    """Whether torch has loaded OpenMP, which must see all cores as it is loaded."""
    return "torch._C" in sys.modules


class Spinning:
    """Whether OpenMP's threads spin while they wait for each other, or sleep at once.

    libgomp reads its wait policy only as a process starts, but "if there are more OpenMP threads
    than available CPUs", it spins a hundred times only (GOMP_SPINCOUNT in its manual). A thread
    with an idle team of its own makes them more, as long as it lives.
    """

    def __init__(self) -> None:
        """Leave the threads spinning."""
        self._end = threading.Event()
        self._holder: threading.Thread | None = None

    def allow(self, spinning: bool) -> None:
        """Have them spin or sleep."""
        if spinning and self._holder:
            self._end.set()
            # Joined, because Python's exit would abort a thread that is in torch.
            self._holder.join()
            self._holder = None
        elif not spinning and not self._holder:
            self._end.clear()
            self._holder = threading.Thread(target=_hold_team, args=(self._end,), daemon=True)
            self._holder.start()


def _hold_team(end: threading.Event) -> None:
    import torch

    torch.ones(1 << 20).sum()  # Large enough to be split among all threads of a team.
    end.wait()


class Cores:
    """The cores on which this process's threads run."""

    def __init__(self) -> None:
        """Start with all that the process may use; none are known elsewhere than on Linux."""
        self._all = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
        self._kept = self._all

    def leave(self, count: float, busy: Mapping[int, float]) -> None:
        """Leave some cores to others, but keep at least half of them, the least busy ones.

        Args:
            count: The number of cores that others use.
            busy: The share of the time that each core was busy lately, if others use any.
        """
        total = len(self._all)
        wanted = max((total + 1) // 2, total - round(count))
        if wanted == total:
            self._run_on(self._all)
        elif wanted != len(self._kept) or self._others_idle(busy):
            # By chance where equal, so that two jobs do not keep to the same core.
            order = sorted(self._all, key=lambda core: (busy[core] >= IDLE, random.random()))
            self._run_on(order[:wanted])

    def _others_idle(self, busy: Mapping[int, float]) -> bool:
        return any(busy[core] < IDLE for core in self._all if core not in self._kept)

    def _run_on(self, cores: list[int]) -> None:
        """Move all threads to some cores; later ones follow those that start them."""
        if cores == self._kept:
            return
        self._kept = cores
        for task in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # The thread has ended.
                os.sched_setaffinity(int(task.name), cores)
