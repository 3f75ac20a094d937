"""Other work on this machine: whether it slows a job down, and how the job shares cores with it.

A process that is slowed down sees two things: others compute, and its own threads wait for a core.
It then makes room as `threads.py` says. It shares the cores with other programs as an equal, and
takes what chats leave: they are short, and somebody waits for their next word.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from backend.machine.processes import NICENESS, set_group_niceness
from backend.machine.threads import Cores, Spinning, is_multithreaded

PERIOD = 0.5
"""Seconds between two looks, about: two jobs that look at the same moments would move in step."""
LOOKS = 4
"""Looks that are judged together, so that what lasts less than a second counts little."""
OTHERS, WAITED = 0.5, 0.1
"""Cores that others use, and seconds per second that this process's threads wait for a core, from
which on it counts as slowed down. Alone, a training waits for less than 0.02."""


class Usage(NamedTuple):
    """Seconds since some start: of the clock, of each core, of this process, and of its waiting."""

    clock: float
    cores: tuple[float, ...]
    process: float
    waited: float

    @classmethod
    def now(cls) -> "Usage":
        """Read the counters."""
        cores = tuple(map(_computed, psutil.cpu_times(percpu=True)))
        return cls(time.monotonic(), cores, time.process_time(), _waited())

    def others_since(self, start: "Usage") -> float:
        """Return how many cores other processes have used since an earlier reading."""
        computed = sum(self.cores) - sum(start.cores) - (self.process - start.process)
        return computed / (self.clock - start.clock)

    def slowed_since(self, start: "Usage") -> bool:
        """Whether other work has kept this process from computing since an earlier reading."""
        waited = (self.waited - start.waited) / (self.clock - start.clock)
        return self.others_since(start) >= OTHERS and waited >= WAITED

    def busy_since(self, start: "Usage") -> dict[int, float]:
        """Return the share of the time that each core was busy since an earlier reading."""
        pairs = enumerate(zip(self.cores, start.cores, strict=True))
        return {core: (now - then) / (self.clock - start.clock) for core, (now, then) in pairs}


def _computed(core: Any) -> float:
    """Return the seconds that a core has computed."""
    kinds = ("user", "nice", "system", "irq", "softirq")
    return sum(float(getattr(core, kind, 0)) for kind in kinds)


def _waited() -> float:
    """Return the seconds that this process's threads have waited for a core; 0 if not on Linux."""
    nanoseconds = 0
    for schedstat in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # The thread has ended.
            nanoseconds += int(schedstat.read_text().split()[1])
    return nanoseconds / 1e9


class Neighbours:
    """Watches other work for one job, and has the job's threads make room for it."""

    def __init__(self, tell: Callable[[bool], None], chatting: Callable[[], bool]) -> None:
        """Prepare to watch.

        Args:
            tell: Called from a thread of its own whenever other work starts or ceases to slow this
                process down.
            chatting: Whether the other work may be answers to chats, which take precedence.
        """
        self._tell = tell
        self._chatting = chatting
        self._readings = deque([Usage.now()], maxlen=LOOKS + 1)
        self._slowed = False
        self._spinning = Spinning()
        self._cores = Cores()
        self._niceness = NICENESS

    def watch(self, end: threading.Event) -> None:
        """Look until the end, then take back all room."""
        while not end.wait(PERIOD * random.uniform(0.8, 1.2)):
            self.look()
        self._make_room(0)

    def look(self) -> None:
        """Take a reading, make room by it, and tell if the verdict changes."""
        self._readings.append(Usage.now())
        first, now = self._readings[0], self._readings[-1]
        slowed = now.slowed_since(first)
        if is_multithreaded():
            self._make_room(now.others_since(first) if slowed else 0)
        if slowed != self._slowed:
            self._slowed = slowed
            self._tell(slowed)

    def _make_room(self, others: float) -> None:
        """Share the machine with what uses so many cores."""
        busy = self._readings[-1].busy_since(self._readings[-2]) if others else {}
        self._spinning.allow(not others)
        self._cores.leave(others, busy)
        niceness = 0 if others and not self._chatting() else NICENESS
        if niceness != self._niceness:
            set_group_niceness(niceness)
            self._niceness = niceness


@contextmanager
def making_room(tell: Callable[[bool], None], chatting: Callable[[], bool]) -> Iterator[None]:
    """Make room for other work while the body runs; see `Neighbours` for the arguments."""
    end = threading.Event()
    watch = threading.Thread(target=Neighbours(tell, chatting).watch, args=(end,), daemon=True)
    watch.start()
    try:
        yield
    finally:
        end.set()
        watch.join()
