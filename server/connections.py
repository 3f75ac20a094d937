"""Close connections whose request does not arrive.

uvicorn waits without end for a client's headers, so a few hundred half-open connections would use
up the process's files and nobody else could sign in.
"""

import asyncio
from typing import cast

import uvicorn.config
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""Time for the headers of a request, from its first byte or from the connection on."""


def close_slow_connections() -> None:
    """Have every server that this process starts close connections without a request."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:TimedProtocol"


class TimedProtocol(H11Protocol):
    """uvicorn's HTTP protocol with a deadline for the headers of each request."""

    _deadline: asyncio.TimerHandle | None = None

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

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
