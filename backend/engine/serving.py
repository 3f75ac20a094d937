"""From a model's name to a checked llama.cpp server, and new runs loaded ahead of requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NoReturn

import httpx
from sqlmodel import select

from backend.base_models.cards import gguf_path, list_cards
from backend.db import session
from backend.engine import adapter_check, vllm
from backend.engine.catalogue import RUN_KEY, Model, finished_runs
from backend.engine.errors import MEMORY_TAKEN, NO_MEMORY, ApiError, engine_stopped
from backend.engine.llama import LlamaSpec
from backend.engine.servers import LoadError, Pool, Server
from backend.errors import InvalidDataError, UserError
from backend.files import ADAPTER_WEIGHTS
from backend.gguf.adapter import convert, read_base
from models.tables import EngineCheck, Run

log = logging.getLogger(__name__)
WATCH_SECONDS = 0.25
PAUSE_SECONDS = 5


def adapter_spec(model: Model) -> LlamaSpec:
    """Return what a run's server loads, after writing the GGUF form of its adapter if need be.

    Raises:
        InvalidDataError: the adapter can't be used; the message says why.
    """
    folder = model.folder / "adapter"
    if not model.adapter_sha256:
        raise InvalidDataError("The run's summary lacks the hash of its adapter.")
    base = gguf_path(model.base_model)
    lora = convert(folder, base, model.adapter_sha256)
    return LlamaSpec(base, lora, weights_stamp(folder / ADAPTER_WEIGHTS), model.base_model)


def weights_stamp(path: Path) -> tuple[int, int]:
    """Return what tells a changed file from the one that was loaded, without reading it."""
    try:
        found = path.stat()
    except OSError as error:
        raise InvalidDataError(f"The adapter's {ADAPTER_WEIGHTS} is missing.") from error
    return found.st_mtime_ns, found.st_size


class Serving:
    """Models ready to be asked."""

    def __init__(self) -> None:
        """Start with no server running."""
        self.pool = Pool()
        self._specs: dict[str, LlamaSpec] = {}
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def server(self, model: Model) -> AsyncIterator[Server]:
        """Hold the server of a model for one request.

        Raises:
            ApiError: the model can't be served; never is another one served in its place.
        """
        if model.engine == "vLLM":
            async with self._vllm(model) as server:
                yield server
            return
        vet = None
        if model.kind == "base":
            gguf = await asyncio.to_thread(gguf_path, model.base_model)
            spec = LlamaSpec(gguf, base_model=model.base_model)
        else:
            spec = await self._adapter(model)

            async def vet(server: Server) -> None:
                asker = adapter_check.LlamaCheckClient(server.client, model.template)
                await self._vet(model, asker)

        async with AsyncExitStack() as held:
            try:
                server = await held.enter_async_context(self.pool.use(model.key, spec, vet))
            except LoadError as error:
                if model.kind == "base":
                    raise ApiError(502, str(error), "load_failed", "model") from error
                await self._refuse(model, str(error))
            yield server

    @asynccontextmanager
    async def _vllm(self, model: Model) -> AsyncIterator[Server]:
        """Hold the vLLM server of a model's base model, with the run's adapter loaded."""
        spec = await asyncio.to_thread(vllm.spec_of, model.base_model)
        key = f"vllm:{model.base_model}"
        async with AsyncExitStack() as held:
            try:
                server = await held.enter_async_context(self.pool.use(key, spec))
            except LoadError as error:
                raise ApiError(502, str(error), "load_failed", "model") from error
            if model.kind == "adapter":
                await self._load(model, server)
            yield server

    async def _load(self, model: Model, server: Server) -> None:
        """Have vLLM load a run's adapter and check that it applies it, once a server."""
        name = vllm.served_name(model)
        async with self._loading:
            if name in server.loaded:
                return
            try:
                await vllm.load_adapter(server, model)
            except UserError as error:
                await self._refuse(model, str(error), vllm.NAME)
            except (httpx.TransportError, RuntimeError) as error:
                raise engine_stopped() from error
            await self._vet(model, vllm.VllmCheckClient(server.client, model))
            server.loaded.add(name)

    async def _adapter(self, model: Model) -> LlamaSpec:
        known = self._specs.get(model.key)
        try:
            stamp = weights_stamp(model.folder / "adapter" / ADAPTER_WEIGHTS)
            if known is None or known.source != stamp or not _exists(known.lora):
                known = await asyncio.to_thread(adapter_spec, model)
                self._specs[model.key] = known
        except UserError as error:
            await self._refuse(model, str(error))
        except OSError as error:
            await self._refuse(model, f"The adapter can't be prepared ({error.strerror}).")
        assert known is not None
        return known

    async def _refuse(
        self, model: Model, message: str, engine: str = adapter_check.ENGINE
    ) -> NoReturn:
        self._specs.pop(model.key, None)
        await self.pool.drop(model.key)
        outcome = adapter_check.refusal(
            str(model.run_id), model.adapter_sha256 or "", message, engine
        )
        await asyncio.to_thread(adapter_check.store, outcome)
        raise ApiError(502, f'"{model.name}" is not served: {message}', "adapter_unusable", "model")

    async def _vet(self, model: Model, asker: adapter_check.CheckClient) -> None:
        run_id, sha256 = str(model.run_id), model.adapter_sha256 or ""
        try:
            reference = await asyncio.to_thread(
                adapter_check.read_reference, model.folder / "reference.json"
            )
            outcome = await adapter_check.check(asker, run_id, sha256, reference)
        except InvalidDataError as error:
            outcome = adapter_check.refusal(run_id, sha256, str(error), asker.engine)
        except (httpx.TransportError, RuntimeError) as error:
            raise engine_stopped() from error  # It died or was closed: says nothing of the run.
        await asyncio.to_thread(adapter_check.store, outcome)
        if not outcome.passed:
            message = f'"{model.name}" is not served: {outcome.message}'
            raise ApiError(502, message, "adapter_unusable", "model")

    async def watch(self) -> None:
        """Load every run that finishes, so that it can chat at once, until cancelled."""
        await asyncio.to_thread(_warm)
        await asyncio.to_thread(adapter_check.forget_refusals)
        while True:
            try:
                for model in await asyncio.to_thread(unchecked_runs):
                    async with self.server(model):
                        log.info('"%s" is ready.', model.name)
                await self._end_deleted()
            except ApiError as error:
                log.warning("%s", error.message)
                if error.code in (NO_MEMORY, MEMORY_TAKEN):
                    await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                log.exception("The watcher will try again.")
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(WATCH_SECONDS)

    async def _end_deleted(self) -> None:
        loaded = [key for key in self.pool.servers if key.startswith(RUN_KEY)]
        if not loaded:
            return
        there = await asyncio.to_thread(_run_ids)
        for key in loaded:
            if key.removeprefix(RUN_KEY) not in there:
                self._specs.pop(key, None)
                await self.pool.drop(key)


def _exists(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _warm() -> None:
    """Read what every conversion needs of the base models ahead of the first."""
    for status in list_cards():
        try:
            read_base(gguf_path(status.card.name))
        except (UserError, OSError):
            continue


def _run_ids() -> set[str]:
    with session() as db:
        return set(db.exec(select(Run.id)))


def unchecked_runs() -> list[Model]:
    """Return finished runs whose adapter llama.cpp has not been checked with, the newest first.

    What vLLM serves waits for its first request: it takes minutes to start, and a GPU's memory.
    """
    with session() as db:
        checks = db.exec(
            select(EngineCheck).where(EngineCheck.engine == adapter_check.ENGINE)
        ).all()
    seen = {(outcome.run_id, outcome.adapter_sha256) for outcome in checks}
    return [run for run in finished_runs(but=seen) if run.engine == "llama.cpp"]
