"""llama.cpp servers as child processes: start, find dead ones, keep a few, end.

One server for each model, because llama.cpp computes only slots with equal adapter settings
together and makes the others wait until those are idle: on one server, base and finetuned model
could never stream side by side.
"""

import asyncio
import os
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from backend.config import ROOT, settings
from backend.engine.llama_server import KEY_VARIABLE, SLOT_TOKENS, SLOTS
from backend.engine.problems import engine_stopped, no_memory
from backend.engine.turns import Turns
from backend.memory import Need, llama_need

IDLE_KEPT = 4
"""Servers without requests that stay: each holds about 0.45 GiB for the embedded model."""
START_SECONDS = 120
"""A large file from a cold disk may take that long."""


@dataclass(frozen=True)
class Spec:
    """What a server loads."""

    gguf: Path
    lora: Path | None = None
    source: tuple[int, int] | None = None
    """Time and size of the adapter's weights, so that changed ones are loaded anew."""
    base_model: str = ""

    def need(self) -> Need:
        """Return the memory that its server takes."""
        return llama_need(self.base_model, SLOTS, SLOT_TOKENS)

    async def start(self) -> "Server":
        """Start a server and wait until it listens; LoadError when it doesn't."""
        return await start(self)


class Startable(Protocol):
    """What the pool starts a server of; equal ones need no other server."""

    def need(self) -> Need:
        """Return the memory that its server takes."""

    async def start(self) -> "Server":
        """Start a server; LoadError when it can't be."""


class LoadError(Exception):
    """llama.cpp did not take a model; one plain sentence."""


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


class Server:
    """One running server of llama.cpp, or of vLLM."""

    def __init__(
        self,
        spec: Startable,
        process: asyncio.subprocess.Process,
        url: str,
        key: str,
        slots: int = SLOTS,
    ) -> None:
        """Wrap a process that listens at `url` to whoever has the key."""
        self.spec = spec
        self.process = process
        self.turns = Turns(slots)
        self.users = 0
        self.loaded: set[str] = set()
        """Names of the adapters that a vLLM server has loaded and that passed the check."""
        self.last_used = time.monotonic()
        self.client = client_of(url, key)

    @property
    def pid(self) -> int | None:
        """Of the process; None where that runs elsewhere."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.returncode is None

    async def stop(self) -> None:
        """End the process."""
        if self.alive:
            # It holds nothing worth saving, and would otherwise finish its answers first; what
            # guards vLLM has to end that too.
            kill = self.process.kill if isinstance(self.spec, Spec) else self.process.terminate
            kill()
        await self.process.wait()
        await self.client.aclose()


async def start(spec: Spec) -> Server:
    """Start a server and wait until it listens; LoadError when it doesn't."""
    command = [sys.executable, "-m", "backend.engine.llama_server"]
    command += ["--model", str(spec.gguf), "--parent", str(os.getpid())]
    if spec.lora:
        command += ["--lora", str(spec.lora)]
    key = secrets.token_hex()
    log = settings().home / "llama.log"
    process, address = await launch("llama.cpp", command, {KEY_VARIABLE: key}, log, START_SECONDS)
    return Server(spec, process, address, key)


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
            *command, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=written, env=os.environ | environment,
        )  # fmt: skip
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
    async def use(self, key: str, spec: Startable, vet: Vet | None = None) -> AsyncIterator[Server]:
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

    async def _get(self, key: str, spec: Startable, vet: Vet | None) -> Server:
        async with self._locks[key]:
            server = self.servers.get(key)
            if self._closed:
                raise engine_stopped()
            if server is None or not server.alive or server.spec != spec:
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

    async def _find_memory(self, spec: Startable) -> None:
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

    async def _start(self, key: str, spec: Startable) -> Server:
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
