"""Start a server for a model and check its adapter; new runs load ahead of requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import NoReturn

import httpx
from sqlmodel import select

from backend.base_models.cards import get_card, gguf_path, list_cards
from backend.base_models.served_template import served_template
from backend.db import session
from backend.engine import adapter_check, vllm
from backend.engine.catalogue import RUN_KEY, Model, finished_runs
from backend.engine.errors import MEMORY_TAKEN, NO_MEMORY, STOPPED, ApiError, engine_stopped
from backend.engine.llama import LlamaSpec
from backend.engine.servers import Check, LoadError, Pool, Server
from backend.errors import DatabaseError, InvalidDataError, UserError
from backend.files import ADAPTER_WEIGHTS, sha256_of
from backend.gguf.adapter import convert, read_base
from models.tables import EngineCheck, Run

log = logging.getLogger(__name__)
WATCH_SECONDS = 0.25
"""Between two checks for new runs."""
RETRY_SECONDS = 5
"""Before the next attempt after an error."""


def adapter_spec(model: Model) -> LlamaSpec:
    """Return what a run's llama.cpp server loads; its adapter is converted to GGUF if necessary.

    Raises:
        InvalidDataError: the adapter can't be used; the message says why.
    """
    folder = model.folder / "adapter"
    if not model.adapter_sha256:
        raise InvalidDataError("The run's summary lacks the hash of its adapter.")
    base = base_file(model.base_model)
    lora = convert(folder, base, model.adapter_sha256)
    stamp = weights_stamp(folder / ADAPTER_WEIGHTS)
    template = served_template(model.base_model)
    return LlamaSpec(base, lora, stamp, model.adapter_sha256, model.base_model, template)


def base_file(name: str) -> Path:
    """Return a base model's GGUF file; InvalidDataError if it is not what its card names."""
    path, card = gguf_path(name), get_card(name)
    if card.embedded and _hash_of(path, weights_stamp(path)) != card.embedded.sha256:
        raise InvalidDataError(
            f"{path.name} is not the file that comes with the lab. Delete {path.parent} and run "
            "`make prepare`."
        )
    return path


@lru_cache(maxsize=16)
def _hash_of(path: Path, _stamp: tuple[int, int]) -> str:
    return sha256_of(path)


def weights_stamp(path: Path) -> tuple[int, int]:
    """Return a file's modification time and size, which change with its content."""
    try:
        status = path.stat()
    except OSError as error:
        raise InvalidDataError(f"The file {path.name} is missing.") from error
    return status.st_mtime_ns, status.st_size


class Serving:
    """Gives each request the server of its model."""

    def __init__(self) -> None:
        """Start with no servers."""
        self.pool = Pool()
        self._specs: dict[str, LlamaSpec] = {}
        self._vllm_loading = asyncio.Lock()

    @asynccontextmanager
    async def server(self, model: Model) -> AsyncIterator[Server]:
        """Hold the server of a model for one request.

        Raises:
            ApiError: the model can't be served; no other one is served in its place.
        """
        serve = self._vllm if model.engine == "vLLM" else self._llama_cpp
        async with serve(model) as server:
            yield server

    @asynccontextmanager
    async def _llama_cpp(self, model: Model) -> AsyncIterator[Server]:
        """Hold the llama.cpp server of a base model or of a run."""
        check: Check | None
        if model.kind == "base":
            spec, check = await self._base_spec(model), None
        else:
            spec, check = await self._adapter_spec(model), partial(self._check_llama_cpp, model)
        async with AsyncExitStack() as stack:
            try:
                server = await stack.enter_async_context(self.pool.use(model.key, spec, check))
            except LoadError as error:
                if model.kind == "base":
                    raise ApiError(502, str(error), "load_failed", "model") from error
                await self._refuse(model, str(error))
            yield server

    @asynccontextmanager
    async def _vllm(self, model: Model) -> AsyncIterator[Server]:
        """Hold the vLLM server of a model's base model, with the run's adapter loaded."""
        try:
            spec = await asyncio.to_thread(vllm.spec_of, model.base_model)
        except DatabaseError:
            raise  # It says nothing of the model.
        except UserError as error:
            raise ApiError(502, str(error), "load_failed", "model") from error
        key = f"vllm:{model.base_model}"
        async with AsyncExitStack() as stack:
            try:
                server = await stack.enter_async_context(self.pool.use(key, spec))
            except LoadError as error:
                raise ApiError(502, str(error), "load_failed", "model") from error
            if model.kind == "adapter":
                await self._load_into_vllm(model, server)
            yield server

    async def _load_into_vllm(self, model: Model, server: Server) -> None:
        """Load a run's adapter into a vLLM server and check it, once per server."""
        name = vllm.served_name(model)
        async with self._vllm_loading:
            if name in server.loaded:
                return
            try:
                await vllm.load_adapter(server, model)
            except UserError as error:
                await self._refuse(model, str(error), vllm.NAME)
            except (httpx.TransportError, RuntimeError) as error:
                raise engine_stopped() from error
            await self._check(model, vllm.VllmCheckClient(server.client, model))
            server.loaded.add(name)

    async def _base_spec(self, model: Model) -> LlamaSpec:
        """Return what a base model's server loads; ApiError if its file can't be used."""
        try:
            gguf = await asyncio.to_thread(base_file, model.base_model)
            template = await asyncio.to_thread(served_template, model.base_model)
        except UserError as error:
            raise ApiError(502, str(error), "load_failed", "model") from error
        return LlamaSpec(gguf, base_model=model.base_model, template=template)

    async def _adapter_spec(self, model: Model) -> LlamaSpec:
        """Return what a run's server loads; ApiError if its adapter can't be used."""
        spec = self._specs.get(model.key)
        try:
            stamp = weights_stamp(model.folder / "adapter" / ADAPTER_WEIGHTS)
            known = spec and (spec.source, spec.sha256) == (stamp, model.adapter_sha256)
            if spec is None or not known or not _exists(spec.lora):
                spec = await asyncio.to_thread(adapter_spec, model)
                self._specs[model.key] = spec
        except DatabaseError:
            raise  # It says nothing of the adapter.
        except UserError as error:
            await self._refuse(model, str(error))
        except OSError as error:
            await self._refuse(model, f"The adapter can't be prepared ({error.strerror}).")
        assert spec is not None
        return spec

    async def _refuse(
        self, model: Model, message: str, engine: str = adapter_check.ENGINE
    ) -> NoReturn:
        """Store that an adapter can't be served, stop its server, and raise an ApiError."""
        self._specs.pop(model.key, None)
        await self.pool.drop(model.key)
        run_id, sha256 = str(model.run_id), model.adapter_sha256 or ""
        failed = adapter_check.failed_check(run_id, sha256, message, engine)
        await asyncio.to_thread(adapter_check.store, failed)
        raise _unusable(model, message)

    async def _check_llama_cpp(self, model: Model, server: Server) -> None:
        await self._check(model, adapter_check.LlamaCheckClient(server.client, model.template))

    async def _check(self, model: Model, client: adapter_check.CheckClient) -> None:
        """Compare a loaded adapter with torch and store the outcome; ApiError if they disagree."""
        run_id, sha256 = str(model.run_id), model.adapter_sha256 or ""
        try:
            path = model.folder / "reference.json"
            reference = await asyncio.to_thread(adapter_check.read_reference, path)
            check = await adapter_check.check(client, run_id, sha256, reference)
        except InvalidDataError as error:
            check = adapter_check.failed_check(run_id, sha256, str(error), client.engine)
        except (httpx.TransportError, RuntimeError) as error:
            raise engine_stopped() from error  # The server died or was closed: no fault of the run.
        await asyncio.to_thread(adapter_check.store, check)
        if not check.passed:
            raise _unusable(model, check.message)

    async def watch(self) -> None:
        """Load each run as soon as it has finished, so that it can chat at once; never returns."""
        with _logged("Reading the base models failed."):
            await asyncio.to_thread(_read_base_models)
            await asyncio.to_thread(adapter_check.delete_failed_checks)
        while True:
            pause: float = RETRY_SECONDS
            with _logged("Looking for new runs failed; the next attempt follows."):
                for model in await asyncio.to_thread(unchecked_runs):
                    await self._load_new(model)
                await self._stop_deleted()
                pause = WATCH_SECONDS
            await asyncio.sleep(pause)

    async def _load_new(self, model: Model) -> None:
        """Load a run that has finished; one that can't be loaded does not keep others from it."""
        try:
            async with self.server(model):
                log.info('"%s" is ready.', model.name)
        except ApiError as error:
            log.warning("%s", error.message)
            if error.code in (NO_MEMORY, MEMORY_TAKEN, STOPPED):
                await asyncio.sleep(RETRY_SECONDS)
        except DatabaseError:
            raise
        except Exception:
            log.exception('Loading "%s" failed; the next attempt follows.', model.name)
            await asyncio.sleep(RETRY_SECONDS)

    async def _stop_deleted(self) -> None:
        """Stop the servers of runs that have been deleted."""
        loaded = [key for key in self.pool.servers if key.startswith(RUN_KEY)]
        if not loaded:
            return
        run_ids = await asyncio.to_thread(_run_ids)
        for key in loaded:
            if key.removeprefix(RUN_KEY) not in run_ids:
                self._specs.pop(key, None)
                await self.pool.drop(key)


@contextmanager
def _logged(message: str) -> Iterator[None]:
    """Log what fails, so that the watcher goes on."""
    try:
        yield
    except DatabaseError as error:
        log.warning("%s", error)
    except Exception:
        log.exception("%s", message)


def _unusable(model: Model, message: str) -> ApiError:
    message = f'"{model.name}" is not served: {message}'
    return ApiError(502, message, "adapter_unusable", "model")


def _exists(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _read_base_models() -> None:
    """Read the base models' GGUF headers into the cache, ahead of the first conversion."""
    for status in list_cards():
        try:
            read_base(gguf_path(status.card.name))
        except (UserError, OSError):
            continue


def _run_ids() -> set[str]:
    with session() as db:
        return set(db.exec(select(Run.id)))


def unchecked_runs() -> list[Model]:
    """Return the finished runs that llama.cpp serves but has not been checked with, newest first.

    Runs that vLLM serves are left to their first request: vLLM takes minutes to start, and a GPU's
    memory.
    """
    query = select(EngineCheck).where(EngineCheck.engine == adapter_check.ENGINE)
    with session() as db:
        checked = {(check.run_id, check.adapter_sha256) for check in db.exec(query)}
    return [run for run in finished_runs(excluding=checked) if run.engine == "llama.cpp"]
