"""A fair line for a server's slots: one turn for each key in line, round and round.

So a chat waits for at most one request of an evaluation that has queued 64.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairQueue:
    """Hands out a fixed number of slots, fairly between keys and in order within each."""

    def __init__(self, slots: int) -> None:
        """Start with `slots` free slots."""
        self.slots = slots
        self.free = slots
        self._lines: dict[str, deque[tuple[int, asyncio.Future[None]]]] = {}

    @property
    def waiting(self) -> int:
        """Requests in line."""
        return sum(len(line) for line in self._lines.values())

    @asynccontextmanager
    async def hold(self, key: str, slots: int = 1) -> AsyncIterator[None]:
        """Wait in line for `slots` slots (at most all), and hold them within the context."""
        slots = min(slots, self.slots)
        await self._wait(key, slots)
        try:
            yield
        finally:
            self._give_back(slots)

    async def _wait(self, key: str, slots: int) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(key, deque()).append((slots, ready))
        self._serve()
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():  # Its turn came in the same moment.
                self._give_back(slots)
            else:
                self._leave(key, ready)
            raise

    def _leave(self, key: str, ready: asyncio.Future[None]) -> None:
        line = deque(entry for entry in self._lines.get(key, ()) if entry[1] is not ready)
        if line:
            self._lines[key] = line
        else:
            self._lines.pop(key, None)
        self._serve()

    def _give_back(self, slots: int) -> None:
        self.free += slots
        self._serve()

    def _serve(self) -> None:
        """Call up whoever is next, as long as there is room for the first in line.

        A large request at the front is not overtaken, or it would never get enough slots at once.
        """
        while self._lines:
            key, line = next(iter(self._lines.items()))
            slots, ready = line[0]
            if slots > self.free:
                return
            line.popleft()
            del self._lines[key]
            if line:
                self._lines[key] = line  # To the back: the other keys come first.
            if not ready.cancelled():
                self.free -= slots
                ready.set_result(None)
