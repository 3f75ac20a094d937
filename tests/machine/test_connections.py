"""Connections without a request, or whose answer nobody reads, are closed, and others are not."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from backend.machine import connections
from tests.processes import wait_until


async def answer(_request: object) -> PlainTextResponse:
    return PlainTextResponse("here")


ended = threading.Event()


async def talk_without_end(_request: object) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(10_000)
                await asyncio.sleep(0)
        finally:
            ended.set()

    return StreamingResponse(lines())


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.5)
    monkeypatch.setattr(uvicorn.config, "HTTP_PROTOCOLS", dict(uvicorn.config.HTTP_PROTOCOLS))
    connections.close_slow_connections()
    app = Starlette(routes=[Route("/", answer), Route("/talk", talk_without_end)])
    config = uvicorn.Config(app, port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_half_a_request_is_not_waited_for(address: tuple[str, int], sent: bytes) -> None:
    with socket.create_connection(address) as client:
        client.sendall(sent)
        try:
            assert client.recv(100) == b""
        except ConnectionResetError:
            pass  # Closed as well.


def test_half_a_second_request_is_not_waited_for_either(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while not received.endswith(b"here"):
            received += client.recv(1000)
        client.sendall(b"GET / HTTP/1.1\r\n")
        try:
            assert client.recv(100) == b""
        except ConnectionResetError:
            pass


def test_an_answer_that_is_not_read_ends(address: tuple[str, int]) -> None:
    ended.clear()
    with socket.create_connection(address) as client:
        client.sendall(b"GET /talk HTTP/1.1\r\nHost: x\r\n\r\n")
        assert ended.wait(60)


def test_an_answer_that_is_read_goes_on(address: tuple[str, int]) -> None:
    ended.clear()
    with socket.create_connection(address) as client:
        client.sendall(b"GET /talk HTTP/1.1\r\nHost: x\r\n\r\n")
        left = 50_000_000
        while left > 0:
            left -= len(client.recv(1_000_000))
        assert not ended.is_set()
