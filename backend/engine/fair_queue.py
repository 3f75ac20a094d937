"""A fair queue for a server's slots: keys with waiting requests are served round-robin.

So a chat waits for at most one request of an evaluation that has queued 64.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairQueue:
    """A semaphore over a number of slots, fair between keys and first in, first out within each."""

    def __init__(self, slots: int) -> None:
        """Start with all slots free."""
        self.slots = slots
        self.free = slots
        self._queues: dict[str, deque[tuple[int, asyncio.Future[None]]]] = {}

    @property
    def waiting(self) -> int:
        """Number of requests that wait."""
        return sum(len(queue) for queue in self._queues.values())

    @asynccontextmanager
    async def hold(self, key: str, slots: int = 1) -> AsyncIterator[None]:
        """Wait for `slots` slots, at most all of them, and hold them within the context."""
        slots = min(slots, self.slots)
        await self._wait(key, slots)
        try:
            yield
        finally:
            self._release(slots)

    async def _wait(self, key: str, slots: int) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(key, deque()).append((slots, ready))
        self._serve()
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():  # It got its slots at the same moment.
                self._release(slots)
            else:
                self._leave(key, ready)
            raise

    def _leave(self, key: str, ready: asyncio.Future[None]) -> None:
        queue = deque(entry for entry in self._queues.get(key, ()) if entry[1] is not ready)
        if queue:
            self._queues[key] = queue
        else:
            self._queues.pop(key, None)
        self._serve()

    def _release(self, slots: int) -> None:
        self.free += slots
        self._serve()

    def _serve(self) -> None:
        """Give slots to the next requests, as long as the first one's fit.

        A large request at the front is not overtaken, or it would never get enough slots at once.
        """
        while self._queues:
            key, queue = next(iter(self._queues.items()))
            slots, ready = queue[0]
            if slots > self.free:
                return
            queue.popleft()
            del self._queues[key]
            if queue:
                self._queues[key] = queue  # To the back: the other keys come first.
            if not ready.cancelled():
                self.free -= slots
                ready.set_result(None)
