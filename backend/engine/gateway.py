"""The gateway's routes: one OpenAI API for every model of the lab."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from backend.engine import catalogue
from backend.engine.catalogue import Model
from backend.engine.errors import ApiError, engine_stopped
from backend.engine.hosted import HostedProxy, Meter, metered
from backend.engine.requests import ChatRequest, CompletionRequest, check_scale, parse
from backend.engine.responses import explain, tidy, tidy_line
from backend.engine.serving import Serving
from backend.engine.vllm import served_name
from backend.hosted.prices import priced

Answer = TypeVar("Answer")
LOOK_SECONDS = 0.1
"""How often a waiting request looks whether its client is still there."""


class ClientGoneError(Exception):
    """The client closed the connection; nobody will read the answer."""


async def unless_gone(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do the work, but cancel it as soon as the client has gone away."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if not task.done() and await request.is_disconnected():
                raise ClientGoneError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


class Relay(StreamingResponse):
    """A stream that frees what it holds however it ends, even if it never began."""

    def __init__(self, events: AsyncIterator[str], held: AsyncExitStack) -> None:
        """Pass on `events`, then close `held`."""
        super().__init__(events, media_type="text/event-stream")
        self.headers["cache-control"] = "no-cache"
        self.held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.held.aclose()


async def _events(
    upstream: httpx.Response, asked: ChatRequest | CompletionRequest, meter: Meter | None
) -> AsyncIterator[str]:
    legacy = isinstance(asked, CompletionRequest)
    finished = False
    lines = upstream.aiter_lines()
    try:
        async for line in metered(lines, meter) if meter else lines:
            if line:
                finished = finished or line == "data: [DONE]"
                yield f"{tidy_line(line, asked.model, asked.top, legacy)}\n\n"
    except httpx.TransportError:
        pass  # Said below, as is an end without [DONE].
    if not finished:
        yield f"data: {engine_stopped().json()}\n\n"


async def _open(
    request: Request, model: Model, asked: ChatRequest | CompletionRequest, held: AsyncExitStack
) -> httpx.Response:
    """Wait for server and slots, and send the request on; `held` keeps both."""
    path = "/v1/chat/completions" if isinstance(asked, ChatRequest) else "/v1/completions"
    if model.kind == "hosted":
        proxy: HostedProxy = request.app.state.proxy
        cost = priced(model.hosted_as, model.base_model)
        return await proxy.open(path, asked.hosted(model.hosted_as), asked, cost, held)
    serving: Serving = request.app.state.serving
    server = await held.enter_async_context(serving.server(model))
    peer = request.client.host if request.client else ""
    await held.enter_async_context(server.queue.hold(asked.user or peer, asked.count))
    body = (
        asked.vllm(model, served_name(model)) if model.engine == "vLLM" else asked.llama_cpp(model)
    )
    sent = server.client.build_request("POST", path, json=body)
    try:
        upstream = await server.client.send(sent, stream=True)
        held.push_async_callback(upstream.aclose)
        if not asked.stream or upstream.is_error:
            await upstream.aread()
    except (httpx.TransportError, RuntimeError) as error:  # RuntimeError: client closed meanwhile.
        raise engine_stopped() from error
    if upstream.is_error:
        raise explain(_json(upstream), upstream.status_code)
    return upstream


def _json(upstream: httpx.Response) -> Any:
    try:
        return upstream.json()
    except ValueError:
        return {}


async def _answer(request: Request, shape: type[ChatRequest] | type[CompletionRequest]) -> Response:
    asked = parse(shape, await request.body())
    model = await asyncio.to_thread(catalogue.find, asked.model)
    if asked.engine:
        model = await asyncio.to_thread(catalogue.served_by, model, asked.engine)
    check_scale(asked, model)
    async with AsyncExitStack() as held:
        upstream = await unless_gone(request, _open(request, model, asked, held))
        meter = None
        if model.kind == "hosted":
            meter = Meter(priced(model.hosted_as, model.base_model), asked.user or "")
            held.callback(meter.keep)
        if asked.stream:
            return Relay(_events(upstream, asked, meter), held.pop_all())
        answer = _json(upstream)
        if meter:
            meter.see(answer)
            return JSONResponse(answer)
        legacy = isinstance(asked, CompletionRequest)
        return JSONResponse(tidy(answer, asked.model, asked.top, legacy))


async def chat(request: Request) -> Response:
    """Answer a chat."""
    return await _answer(request, ChatRequest)


async def complete(request: Request) -> Response:
    """Continue a text."""
    return await _answer(request, CompletionRequest)


async def models(_request: Request) -> Response:
    """List every model of the lab."""
    found = await asyncio.to_thread(catalogue.list_models)
    return JSONResponse({"object": "list", "data": [model.entry() for model in found]})


async def model(request: Request) -> Response:
    """Describe one model."""
    found = await asyncio.to_thread(catalogue.find, request.path_params["name"])
    return JSONResponse(found.entry())


async def health(request: Request) -> Response:
    """Say that the gateway runs, what every server is doing, and which are starting."""
    serving: Serving = request.app.state.serving
    servers = {
        key: {
            "pid": server.host.pid,
            "alive": server.host.alive,
            "busy": server.queue.slots - server.queue.free,
            "waiting": server.queue.waiting,
        }
        for key, server in serving.pool.servers.items()
    }
    starting = sorted(serving.pool.starting)
    return JSONResponse({"status": "ok", "servers": servers, "starting": starting})


async def release(request: Request) -> Response:
    """End the servers that nobody uses, for a job that needs their memory."""
    serving: Serving = request.app.state.serving
    return JSONResponse({"released": await serving.pool.release()})


async def _on_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"There is no {request.method} {request.url.path} here."
    return ApiError(error.status_code, message, "not_found").response()


async def _on_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # Nobody reads it; the log shows it.


async def _on_bug(_request: Request, _error: Exception) -> Response:
    message = "The gateway failed; its log says why."
    return ApiError(500, message, "internal_error").response()


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    serving: Serving = app.state.serving
    watcher = asyncio.create_task(serving.watch())
    try:
        yield
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        await serving.pool.close()


def build_app() -> Starlette:
    """Return the gateway."""
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/release", release, methods=["POST"]),
            Route("/v1/models", models),
            Route("/v1/models/{name:path}", model),
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/completions", complete, methods=["POST"]),
        ],
        exception_handlers={
            ApiError: _on_api_error,
            HTTPException: _on_http_error,
            ClientGoneError: _on_gone,
            Exception: _on_bug,
        },
        lifespan=_lifespan,
    )
    app.state.serving = Serving()
    app.state.proxy = HostedProxy()
    return app
