"""Errors of a vLLM server that runs elsewhere: each message names what to fix."""

import asyncio
from pathlib import Path

import httpx
import pytest

from backend.engine import servers
from backend.engine.servers import LoadError
from backend.engine.vllm import ExternalVllm


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(200, json={"data": [{"id": "other"}]}), "does not serve small"),
        (httpx.Response(401, json={}), "is VLLM_KEY right"),
        (httpx.Response(200, text="hello"), "is VLLM_URL right"),
    ],
)
def test_a_wrong_server_is_refused_with_the_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, reason: str
) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    fake = lambda url, _key: httpx.AsyncClient(base_url=url, transport=transport)  # noqa: E731
    monkeypatch.setattr(servers, "client_of", fake)
    with pytest.raises(LoadError, match=reason):
        asyncio.run(ExternalVllm("small", "http://vllm.example").start())


def test_nobody_there_is_said(home: Path) -> None:
    with pytest.raises(LoadError, match="does not answer"):
        asyncio.run(ExternalVllm("small", "http://127.0.0.1:9").start())
