"""The `openai` client of the gateway, through which the lab reaches every model."""

import time
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import openai

from backend.chat.engine_key import Asker, read_key, read_lab_key
from backend.config import settings
from backend.errors import UserError
from backend.hosted.judge_budget import JudgeHttp, priced_judge
from backend.hosted.prices import HostedModel
from backend.redaction import redacted

SCALE = "adapter_scale"
"""Request field for an adapter's strength: 0 is the base model, 1 the adapter as trained."""

RETRIES = 6
"""Retries of a request to the judge after a rate limit or a server error, with growing pauses."""
JUDGE_TIMEOUT = 120


def client(timeout: float = 600, retries: int = 2, asker: Asker = "job") -> openai.OpenAI:
    """Return a client for the gateway."""
    return openai.OpenAI(
        base_url=settings().gateway,
        api_key=partial(read_lab_key, asker),
        timeout=timeout,
        max_retries=retries,
    )


def vllm_is_starting() -> bool:
    """Whether the gateway is starting a vLLM server, which takes minutes."""
    return any(key.startswith("vllm:") for key in _health().get("starting", []))


def is_answering() -> bool:
    """Whether one of the gateway's servers computes an answer now."""
    return any(server["busy"] for server in _health().get("servers", {}).values())


def is_back(error: openai.APIConnectionError, seconds: float) -> bool:
    """Wait for a gateway that was lost; False if it was another server, or if it does not return.

    Args:
        error: What the client raised.
        seconds: How long to wait at most.
    """
    ends = time.monotonic() + seconds
    lost = str(error.request.url).startswith(settings().gateway)
    while lost and not (back := bool(_health())) and time.monotonic() < ends:
        time.sleep(1)
    return lost and back


def _health() -> dict[str, Any]:
    """Return what the gateway says of its servers; empty if it does not answer."""
    try:
        answer = httpx.get(_route("health"), headers=_with_key(), timeout=1, trust_env=False)
        health: dict[str, Any] = answer.json()
        return health
    except (httpx.HTTPError, UserError, ValueError):
        return {}


def vllm_log(lines: int = 12) -> str:
    """Return the last lines of vLLM's log; empty if it never started."""
    try:
        with (settings().home / "vllm.log").open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 200 * lines))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def release_memory() -> None:
    """Ask the gateway to unload its idle models."""
    with suppress(httpx.HTTPError):  # Without a gateway, nothing is loaded.
        httpx.post(_route("release"), headers=_with_key(), timeout=30, trust_env=False)


def _route(path: str) -> str:
    """Return the URL of a route outside the OpenAI API, which is at /v1."""
    return f"{settings().gateway.removesuffix('/v1')}/{path}"


def _with_key() -> dict[str, str]:
    return {"authorization": f"Bearer {read_key()}"}


def judge_client() -> openai.OpenAI:
    """Return a client for the judge, which retries after rate limits and server errors.

    A judge at JUDGE_URL is kept within the budget here, any other by the gateway.

    Raises:
        UserError: the environment names no judge, or `JUDGE_PRICES` is not valid.
    """
    lab = settings()
    if not lab.judge_model:
        raise UserError(
            "No judge is configured. Set JUDGE_MODEL in the environment of the app and the worker, "
            "and JUDGE_URL and JUDGE_KEY if it is not one of the lab's own models."
        )
    if not lab.judge_url:
        return client(JUDGE_TIMEOUT, RETRIES)
    return openai.OpenAI(
        base_url=lab.judge_url,
        api_key=lab.judge_key,
        timeout=JUDGE_TIMEOUT,
        max_retries=RETRIES,
        # It takes clients of httpx, too, though its types name those of httpx2 only.
        http_client=JudgeHttp(priced_judge() or HostedModel(name=lab.judge_model)),  # type: ignore
    )


def explain(error: openai.OpenAIError) -> UserError:
    """Return an error of the `openai` client as one plain sentence."""
    if isinstance(error, openai.APITimeoutError):
        return UserError("The model took too long to answer. Try again, or request fewer tokens.")
    if isinstance(error, openai.APIConnectionError):
        url = str(error.request.url)
        if not url.startswith(settings().gateway):
            return UserError(f"The server at {url} does not answer. Is its address right?")
        return UserError(
            f"The engine does not answer at {settings().gateway}. Start it with `make run`, or set "
            "ENGINE_PORT to its port."
        )
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        message = body.get("message") or f"The server refused with status {error.status_code}."
        return UserError(redacted(str(message)))
    return UserError(redacted(f"The engine failed: {error}"))
