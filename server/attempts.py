"""Wrong passwords by the address they come from, and how long that address has to wait."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 3
"""Wrong passwords that cost no wait, as people mistype."""
FREE_FORWARDED = 30
"""The same for all addresses together that a proxy tells: what it says can be made up here."""
LONGEST_WAIT = 300.0
"""Seconds that an address waits at most after one more wrong password."""
MOST_ADDRESSES = 10_000
"""Addresses that are remembered; the one that was wrong longest ago is forgotten first."""


@dataclass
class Failures:
    """What one address did wrong."""

    count: int
    blocked_until: float


class Attempts:
    """Counts wrong passwords; every further one doubles the wait of its address."""

    def __init__(self, free: int = FREE, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no address; `free` wrong passwords cost no wait."""
        self._free, self._clock = free, clock
        self._failures: OrderedDict[str, Failures] = OrderedDict()

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0 if it may now."""
        failures = self._failures.get(address)
        return max(0.0, failures.blocked_until - self._clock()) if failures else 0.0

    def failed(self, address: str) -> int:
        """Count a wrong password and return how many there were."""
        failures = self._failures.pop(address, Failures(0, 0.0))
        failures.count += 1
        if failures.count > self._free:
            wait = min(2.0 ** min(failures.count - self._free, 20), LONGEST_WAIT)
            failures.blocked_until = self._clock() + wait
        self._failures[address] = failures
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
        return failures.count

    def succeeded(self, address: str) -> None:
        """Forget what an address did wrong."""
        self._failures.pop(address, None)
