"""Close connections whose request does not arrive, or whose client does not read the answer.

uvicorn waits without end for both. A few hundred half-open connections would use up the process's
files, so that nobody else could sign in; one stream that is never read would hold its slots of a
model for good.
"""

import asyncio
from typing import cast

import uvicorn.config
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""Time for the headers of a request, from its first byte or from the connection on."""
WRITE_SECONDS = 10.0
"""Time for a client to read what the server holds ready for it, about 64 KiB."""


def close_slow_connections() -> None:
    """Have every server that this process starts close such connections."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:TimedProtocol"


class TimedProtocol(H11Protocol):
    """uvicorn's HTTP protocol with deadlines for the headers of a request and for its reader."""

    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the deadline of the first request."""
        super().connection_made(cast(asyncio.Transport, transport))  # As every TCP server's is.
        self._start()

    def data_received(self, data: bytes) -> None:
        """Start the deadline with a request's first byte; stop it when its headers are there."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._start()
        super().data_received(data)

    def handle_events(self) -> None:
        """Handle what has arrived, and stop the deadline where a request has begun."""
        before = self.scope
        super().handle_events()
        if self.scope is not before:  # uvicorn makes a new scope from every request's headers.
            self._stop()

    def pause_writing(self) -> None:
        """Start the deadline for the client to read, as much is waiting for it."""
        super().pause_writing()
        self._reading = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that deadline: the client has read most of it."""
        self._stop_reading()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadlines."""
        self._stop()
        self._stop_reading()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
