"""The gateway's routes: one OpenAI-compatible API for every model of the lab."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from backend.base_models.template_hash import template_hash
from backend.chat.identity import HEADER
from backend.chat.origin import Origin
from backend.engine import catalogue
from backend.engine.abilities import check_engine, check_scale
from backend.engine.access import KeyRequired
from backend.engine.catalogue import Model
from backend.engine.echo import echo
from backend.engine.errors import ApiError, engine_stopped
from backend.engine.hosted import Guard, metered, open_hosted, settle
from backend.engine.requests import ChatRequest, CompletionRequest, parse
from backend.engine.responses import (
    DONE,
    collected,
    data_of,
    error_of,
    tidy,
    tidy_line,
    with_one_usage,
)
from backend.engine.servers import Server
from backend.engine.serving import Serving
from backend.engine.vllm import served_name
from backend.errors import DatabaseError
from backend.hosted.bookings import Booking, usage_of
from backend.hosted.prices import priced
from backend.machine.own_hosts import OwnHosts
from backend.redaction import redacted

Result = TypeVar("Result")
Payload = ChatRequest | CompletionRequest
DISCONNECT_POLL_SECONDS = 0.1
"""How often a waiting request checks whether its client is still connected."""


class ClientGoneError(Exception):
    """The client closed the connection before its request was answered."""


async def until_disconnect(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the work's result; cancel it and raise ClientGoneError if the client disconnects."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=DISCONNECT_POLL_SECONDS)
            if not task.done() and await request.is_disconnected():
                raise ClientGoneError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


class Relay(StreamingResponse):
    """A streamed response that frees its resources however it ends, even before its start."""

    def __init__(
        self, events: AsyncIterator[str], resources: AsyncExitStack, headers: dict[str, str]
    ) -> None:
        """Send `events`, then close `resources`."""
        super().__init__(events, headers=headers, media_type="text/event-stream")
        self.headers["cache-control"] = "no-cache"
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.resources.aclose()


async def _events(
    lines: AsyncIterator[str], payload: Payload, booking: Booking | None
) -> AsyncIterator[str]:
    """Yield the events of an engine's stream, with an error as the last one if it breaks off."""
    legacy = isinstance(payload, CompletionRequest)
    finished = False
    guard = Guard()
    try:
        async for line in metered(lines, booking) if booking else lines:
            if line:
                finished = finished or data_of(line) == DONE
                event = tidy_line(line, payload.model, payload.top, legacy)
                for sent in guard.cleared(event) if booking else [event]:
                    yield f"{sent}\n\n"
    except httpx.TransportError:
        pass  # Reported below, as is an end without [DONE].
    if not finished:
        yield f"data: {engine_stopped().json()}\n\n"


@dataclass(frozen=True)
class Opened:
    """A request that an engine or a host has begun to answer."""

    upstream: httpx.Response
    booking: Booking | None = None
    """Of a host's answer."""
    server: Server | None = None
    """Of an engine's answer."""


async def _open(
    request: Request, model: Model, payload: Payload, resources: AsyncExitStack
) -> Opened:
    """Wait for a server and its slots, and forward the request; `resources` holds them."""
    path = "/v1/chat/completions" if isinstance(payload, ChatRequest) else "/v1/completions"
    if model.kind == "hosted":
        hosted = priced(model.hosted_as, model.base_model)
        return Opened(*await open_hosted(path, payload, hosted, resources))
    serving: Serving = request.app.state.serving
    server = await resources.enter_async_context(serving.server(model))
    await resources.enter_async_context(server.queue.hold(request.state.asker, payload.count))
    if model.engine == "vLLM":
        body = payload.vllm(model, served_name(model))
    else:
        body = payload.llama_cpp(model)
    forwarded = server.client.build_request("POST", path, json=body)
    try:
        upstream = await server.client.send(forwarded, stream=True)
        resources.push_async_callback(upstream.aclose)
        if upstream.is_error or not (payload.stream or model.engine == "llama.cpp"):
            await upstream.aread()
    except (httpx.TransportError, RuntimeError) as error:  # RuntimeError: `client` is closed.
        raise engine_stopped() from error
    if upstream.is_error:
        raise error_of(_json(upstream), upstream.status_code)
    return Opened(upstream, server=server)


def _json(upstream: httpx.Response) -> dict[str, Any]:
    """Return an engine's or a host's response; empty if it is not a JSON object."""
    try:
        response = upstream.json()
    except ValueError:
        return {}
    return response if isinstance(response, dict) else {}


def _lines(upstream: httpx.Response, payload: Payload, model: Model) -> AsyncIterator[str]:
    """Return the lines of an engine's stream, with a usage only if the client asks for one."""
    lines = upstream.aiter_lines()
    if model.engine != "llama.cpp":
        return lines
    wanted = not payload.stream or bool(
        payload.stream_options and payload.stream_options.include_usage
    )
    return with_one_usage(lines, payload.n or 1, wanted)


async def _whole(opened: Opened, payload: Payload, model: Model) -> dict[str, Any]:
    """Return the response of an engine on this machine to a request that is not to be streamed."""
    upstream, server = opened.upstream, opened.server
    if model.engine == "llama.cpp" and server:
        legacy = isinstance(payload, CompletionRequest)
        try:
            response = await collected(_lines(upstream, payload, model), legacy)
            if isinstance(payload, CompletionRequest) and payload.echo:
                lora = payload.llama_cpp(model).get("lora")
                await echo(server.client, payload, lora, response)
            return response
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: `client` is closed.
            raise engine_stopped() from error
    if response := _json(upstream):
        return response
    raise ApiError(502, "The engine's answer is not JSON.", "engine_failed")


def origin_of(payload: Payload, model: Model) -> Origin:
    """Return what produces the answer to a request."""
    scale = 1.0 if payload.adapter_scale is None else payload.adapter_scale
    return Origin(
        model=model.name,
        adapter_sha256=model.adapter_sha256,
        engine=model.engine,
        strength=scale if model.run_id else None,
        template=template_hash(model.base_model) if isinstance(payload, ChatRequest) else None,
        seed=payload.seed,
    )


async def _answer(request: Request, shape: type[ChatRequest] | type[CompletionRequest]) -> Response:
    payload = parse(shape, await request.body())
    model = await asyncio.to_thread(catalogue.find, payload.model)
    if payload.engine:
        model = await asyncio.to_thread(catalogue.served_by, model, payload.engine)
    check_scale(payload, model)
    check_engine(payload, model)
    origin = await asyncio.to_thread(origin_of, payload, model)
    async with AsyncExitStack() as resources:
        opening = _open(request, model, payload, resources)
        opened = await until_disconnect(request, opening)
        upstream, booking = opened.upstream, opened.booking
        said = {HEADER: model.identity} | origin.header
        if payload.stream:
            lines = _lines(upstream, payload, model)
            return Relay(_events(lines, payload, booking), resources.pop_all(), said)
        if booking:
            await settle(booking, usage_of(upstream.content))
            answer = _json(upstream)
            if not answer:
                message = f"The host of {payload.model} answered with something that is not JSON."
                raise ApiError(502, message, "host_unreadable")
            content = redacted(json.dumps(answer))
            return Response(content, headers=said, media_type="application/json")
        response = await until_disconnect(request, _whole(opened, payload, model))
        legacy = isinstance(payload, CompletionRequest)
        return JSONResponse(tidy(response, payload.model, payload.top, legacy), headers=said)


async def chat(request: Request) -> Response:
    """Answer a chat completion request."""
    return await _answer(request, ChatRequest)


async def complete(request: Request) -> Response:
    """Answer a text completion request."""
    return await _answer(request, CompletionRequest)


async def models(_request: Request) -> Response:
    """List every model of the lab."""
    listed = await asyncio.to_thread(catalogue.list_models)
    return JSONResponse({"object": "list", "data": [model.entry() for model in listed]})


async def model(request: Request) -> Response:
    """Describe one model."""
    described = await asyncio.to_thread(catalogue.find, request.path_params["name"])
    return JSONResponse(described.entry())


async def health(request: Request) -> Response:
    """Say that the gateway runs and, with the key, what its servers do and which start."""
    if request.state.asker is None:
        return JSONResponse({"status": "ok"})
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
    """Stop the idle servers, for a job that needs their memory."""
    serving: Serving = request.app.state.serving
    return JSONResponse({"released": await serving.pool.release()})


async def _on_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _on_database_error(_request: Request, error: Exception) -> Response:
    return ApiError(503, str(error), "database_unavailable").response()


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"The gateway has no route {request.method} {request.url.path}."
    return ApiError(error.status_code, message, "not_found").response()


async def _on_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nginx's status for this case, for the log.


async def _on_bug(_request: Request, _error: Exception) -> Response:
    message = "The gateway failed; see its log."
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


def build_app(key: str, lab_key: str) -> Starlette:
    """Return the gateway's application, which answers only clients that send a key.

    Args:
        key: Of other tools.
        lab_key: Of the lab's own processes.
    """
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
            DatabaseError: _on_database_error,
            HTTPException: _on_http_error,
            ClientGoneError: _on_gone,
            Exception: _on_bug,
        },
        middleware=[Middleware(OwnHosts), Middleware(KeyRequired, key=key, lab_key=lab_key)],
        lifespan=_lifespan,
    )
    app.state.serving = Serving()
    return app
