"""The engines' servers: start, reuse and stop them; a few idle ones stay.

llama.cpp gets one server per model, because a server computes only slots with equal adapter
settings together and lets the others wait until those are idle: base and finetuned model could
never stream side by side on one server.
"""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx

from backend.config import ROOT
from backend.engine.errors import engine_stopped, no_memory
from backend.engine.fair_queue import FairQueue
from backend.runs.memory import MemoryNeed

IDLE_KEPT = 4
"""Idle servers to keep; each takes about 0.45 GiB for the embedded model."""


EXIT_SECONDS = 10
"""A process whose output has ended exits within this time."""


class ServerSpec(Protocol):
    """What a server loads; a running server is reused as long as its spec stays equal."""

    def need(self) -> MemoryNeed:
        """Return the memory that its server takes."""

    async def start(self) -> "Server":
        """Start a server; LoadError if it can't load the model."""


class LoadError(Exception):
    """An engine could not load a model; the message is one plain sentence."""


def client_of(url: str, key: str) -> httpx.AsyncClient:
    """Return a client for an engine's server."""
    # Without keep-alive: llama.cpp closes idle connections, and closing one frees its slot.
    return httpx.AsyncClient(
        base_url=url,
        limits=httpx.Limits(max_keepalive_connections=0, max_connections=None),
        timeout=httpx.Timeout(None, connect=10),
        trust_env=False,
        headers={"Authorization": f"Bearer {key}"},
    )


class Host(Protocol):
    """The process that a server runs in, here or elsewhere."""

    @property
    def pid(self) -> int | None:
        """The process id; None if it runs elsewhere."""

    @property
    def alive(self) -> bool:
        """Whether it runs; assumed of a process elsewhere."""

    async def stop(self) -> None:
        """Stop it, if the gateway started it."""


class Child:
    """A child process of the gateway."""

    def __init__(self, process: asyncio.subprocess.Process, stop_signal: signal.Signals) -> None:
        """Wrap a process.

        Args:
            process: A running one.
            stop_signal: SIGKILL for a process that would finish its answers first and has no state
                to save; SIGTERM for one that has children of its own to stop.
        """
        self._process = process
        self._stop_signal = stop_signal

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def stop(self) -> None:
        """Send the stop signal and wait for the process to exit."""
        if self.alive:
            self._process.send_signal(self._stop_signal)
        await self._process.wait()


class Server:
    """A running server of an engine, with its queue and its number of users."""

    def __init__(self, spec: ServerSpec, host: Host, url: str, key: str, slots: int) -> None:
        """Connect to a server.

        Args:
            spec: What it has loaded.
            host: Its process.
            url: Its base URL.
            key: The API key that it requires.
            slots: Number of requests that it computes at once.
        """
        self.spec = spec
        self.host = host
        self.queue = FairQueue(slots)
        self.users = 0
        """Requests that hold it now."""
        self.loaded: set[str] = set()
        """Names of the adapters that it has loaded and that have passed the check."""
        self.last_used = time.monotonic()
        self.client = client_of(url, key)

    async def stop(self) -> None:
        """Stop the server, if the gateway started it, and close the client."""
        await self.host.stop()
        await self.client.aclose()


async def launch(
    engine: str, command: list[str], environment: dict[str, str], log: Path, seconds: float
) -> tuple[asyncio.subprocess.Process, str]:
    """Start a process that prints its address on its first line, and return both.

    Args:
        engine: The engine's name, for error messages.
        command: The program and its arguments.
        environment: Variables to add to this process's own.
        log: File that standard error is appended to.
        seconds: How long to wait for the address.

    Raises:
        ApiError: the process was killed before it printed its address.
        LoadError: the process exited without printing an address, or took too long.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as log_file:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log_file,
            env=os.environ | environment,
        )
    address = ""
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), seconds)
        address = line.decode().strip()
        if not address.startswith("http"):
            code = await asyncio.wait_for(process.wait(), EXIT_SECONDS)
            if code in (-signal.SIGKILL, -signal.SIGTERM):
                raise engine_stopped()  # Somebody ended it, which says nothing of the model.
            raise LoadError(f"{engine} could not load the model; {log.name} says why.")
    except TimeoutError as error:
        raise LoadError(f"{engine} took too long to load the model; see {log.name}.") from error
    finally:
        if not address.startswith("http") and process.returncode is None:
            process.terminate()  # Not kill(), so that vLLM's guard process can stop vLLM.
    return process, address


Check = Callable[[Server], Awaitable[None]]


class Pool:
    """The running servers, by their model's key."""

    def __init__(self) -> None:
        """Start with no servers."""
        self.servers: dict[str, Server] = {}
        self.starting: set[str] = set()
        """Keys of servers that are loading their model."""
        self._closed = False
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def use(
        self, key: str, spec: ServerSpec, check: Check | None = None
    ) -> AsyncIterator[Server]:
        """Hold a server for one request; requests for the same key share one start.

        Args:
            key: The model's key.
            spec: What the server must have loaded.
            check: Awaited for a new server before any request gets it; if it raises, the server
                is stopped and the error passed on.
        """
        server = await self._get(key, spec, check)
        try:
            yield server
        finally:
            server.users -= 1
            server.last_used = time.monotonic()

    async def _get(self, key: str, spec: ServerSpec, check: Check | None) -> Server:
        async with self._locks[key]:
            server = self.servers.get(key)
            if self._closed:
                raise engine_stopped()
            if server is None or not server.host.alive or server.spec != spec:
                await self.drop(key)
                await self._limit_idle()
                await self._free_memory(spec)
                server = self.servers[key] = await self._start(key, spec, check)
            server.users += 1
            return server

    async def _free_memory(self, spec: ServerSpec) -> None:
        """Stop idle servers until another fits in memory; ApiError if that is not enough."""
        need = await asyncio.to_thread(spec.need)
        while not await asyncio.to_thread(lambda: need.fits):
            idle = self._idle()
            if not idle:
                raise await asyncio.to_thread(no_memory, need)
            await self.drop(idle[0])

    async def release(self) -> int:
        """Stop every idle server, for a job that needs the memory; return their number."""
        stopped = 0
        for key in self._idle():
            if key in self._idle():  # A request may have come while another server was stopped.
                await self.drop(key)
                stopped += 1
        return stopped

    async def _start(self, key: str, spec: ServerSpec, check: Check | None) -> Server:
        self.starting.add(key)
        try:
            server = await spec.start()
        finally:
            self.starting.discard(key)
        try:
            if check:
                await check(server)
        except BaseException:
            await server.stop()
            raise
        return server

    async def drop(self, key: str) -> None:
        """Stop a model's server, if it has one."""
        server = self.servers.pop(key, None)
        if server:
            await server.stop()

    def _idle(self) -> list[str]:
        """Return the keys of servers without requests, the least recently used first."""
        idle = (key for key, server in self.servers.items() if not server.users)
        return sorted(idle, key=lambda key: self.servers[key].last_used)

    async def _limit_idle(self) -> None:
        while len(idle := self._idle()) >= IDLE_KEPT:
            await self.drop(idle[0])

    async def close(self) -> None:
        """Stop every server for good; requests that wait for one get an error."""
        self._closed = True
        await asyncio.gather(*(self.drop(key) for key in list(self.servers)))
