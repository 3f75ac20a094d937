"""Servers of the engines: start one for each model, find dead ones, keep a few, end them.

llama.cpp has one server for each model: it computes only slots with equal adapter settings together
and makes the others wait until those are idle, so base and finetuned model could never stream side
by side on one server.
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
from backend.runs.memory import Need

IDLE_KEPT = 4
"""Servers without requests that stay: each holds about 0.45 GiB for the embedded model."""


class ServerSpec(Protocol):
    """What the pool starts a server of; equal ones need no other server."""

    def need(self) -> Need:
        """Return the memory that its server takes."""

    async def start(self) -> "Server":
        """Start a server; LoadError when it can't be."""


class LoadError(Exception):
    """An engine could not load a model; one plain sentence."""


def client_of(url: str, key: str) -> httpx.AsyncClient:
    """Return a client for a server of an engine."""
    # No connection is kept: llama.cpp closes idle ones, and closing one frees its slot.
    return httpx.AsyncClient(
        base_url=url,
        limits=httpx.Limits(max_keepalive_connections=0, max_connections=None),
        timeout=httpx.Timeout(None, connect=10),
        trust_env=False,
        headers={"Authorization": f"Bearer {key}"},
    )


class Host(Protocol):
    """Where a server runs."""

    @property
    def pid(self) -> int | None:
        """Of its process; None where that runs elsewhere."""

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as this machine can tell."""

    async def end(self) -> None:
        """End it, if it is ours to end."""


class Child:
    """A server's process that the gateway started and ends."""

    def __init__(self, process: asyncio.subprocess.Process, ended_by: signal.Signals) -> None:
        """Wrap a process.

        Args:
            process: It runs.
            ended_by: The signal that ends it: SIGKILL where it holds nothing worth saving and
                would otherwise finish its answers first, SIGTERM where it has helpers to end.
        """
        self._process = process
        self._ended_by = ended_by

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def end(self) -> None:
        """End the process and wait until it is gone."""
        if self.alive:
            self._process.send_signal(self._ended_by)
        await self._process.wait()


class Server:
    """One running server of an engine, and who uses it."""

    def __init__(self, spec: ServerSpec, host: Host, url: str, key: str, slots: int) -> None:
        """Speak to a server.

        Args:
            spec: What it has loaded.
            host: Where it runs.
            url: Where it listens.
            key: What it asks of its clients.
            slots: Requests that it computes at once.
        """
        self.spec = spec
        self.host = host
        self.queue = FairQueue(slots)
        self.users = 0
        self.loaded: set[str] = set()
        """Names of the adapters that it loaded since it started and that passed the check."""
        self.last_used = time.monotonic()
        self.client = client_of(url, key)

    async def stop(self) -> None:
        """Close the connection and end the server where it is ours."""
        await self.host.end()
        await self.client.aclose()


async def launch(
    engine: str, command: list[str], environment: dict[str, str], log: Path, seconds: float
) -> tuple[asyncio.subprocess.Process, str]:
    """Start a process that says its address on its first line; return both.

    Args:
        engine: What it is, for people.
        command: Of the process.
        environment: Variables beside this process's own.
        log: Gets what it says on standard error, behind what is there.
        seconds: To wait for the address.

    Raises:
        LoadError: it ended without one, or took too long.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
            env=os.environ | environment,
        )
    address = ""
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), seconds)
        address = line.decode().strip()
        if not address.startswith("http"):
            raise LoadError(f"{engine} could not load it; {log.name} says why.")
    except TimeoutError as error:
        raise LoadError(f"{engine} took too long to load it; {log.name} tells more.") from error
    finally:
        if not address.startswith("http") and process.returncode is None:
            process.terminate()  # And not killed, so that what guards vLLM can end it too.
    return process, address


Vet = Callable[[Server], Awaitable[None]]


class Pool:
    """The running servers by the model's key."""

    def __init__(self) -> None:
        """Start with none."""
        self.servers: dict[str, Server] = {}
        self.starting: set[str] = set()
        """Keys of servers that load their model now."""
        self._closed = False
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def use(
        self, key: str, spec: ServerSpec, vet: Vet | None = None
    ) -> AsyncIterator[Server]:
        """Hold a server for one request; starts it if need be, once however many ask.

        Args:
            key: The model.
            spec: What its server must have loaded.
            vet: Called on a new server before anyone gets it; what it raises refuses the model.
        """
        server = await self._get(key, spec, vet)
        try:
            yield server
        finally:
            server.users -= 1
            server.last_used = time.monotonic()

    async def _get(self, key: str, spec: ServerSpec, vet: Vet | None) -> Server:
        async with self._locks[key]:
            server = self.servers.get(key)
            if self._closed:
                raise engine_stopped()
            if server is None or not server.host.alive or server.spec != spec:
                await self.drop(key)
                await self._make_room()
                await self._find_memory(spec)
                server = await self._start(key, spec)
                try:
                    if vet:
                        await vet(server)
                except BaseException:
                    await server.stop()
                    raise
                self.servers[key] = server
            server.users += 1
            return server

    async def _find_memory(self, spec: ServerSpec) -> None:
        """End idle servers until there is memory for another; ApiError where that is not enough."""
        need = await asyncio.to_thread(spec.need)
        while not await asyncio.to_thread(lambda: need.fits):
            idle = self._idle()
            if not idle:
                raise await asyncio.to_thread(no_memory, need)
            await self.drop(idle[0])

    async def release(self) -> int:
        """End every idle server, for a job that needs the memory; return how many there were."""
        idle = self._idle()
        for key in idle:
            await self.drop(key)
        return len(idle)

    async def _start(self, key: str, spec: ServerSpec) -> Server:
        self.starting.add(key)
        try:
            return await spec.start()
        finally:
            self.starting.discard(key)

    async def drop(self, key: str) -> None:
        """End a model's server, if it has one."""
        server = self.servers.pop(key, None)
        if server:
            await server.stop()

    def _idle(self) -> list[str]:
        """Return the keys of servers without requests, the one that was used longest ago first."""
        idle = (key for key, server in self.servers.items() if not server.users)
        return sorted(idle, key=lambda key: self.servers[key].last_used)

    async def _make_room(self) -> None:
        idle = self._idle()
        for key in idle[: max(0, len(idle) - IDLE_KEPT + 1)]:
            await self.drop(key)

    async def close(self) -> None:
        """End every server, for good; who waits for one is told that it stopped."""
        self._closed = True
        await asyncio.gather(*(self.drop(key) for key in list(self.servers)))
