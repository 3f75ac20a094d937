"""Requests to hosted models: passed on with the key, watched for what they cost."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx

from backend.config import settings
from backend.engine.errors import ApiError
from backend.engine.requests import Sampling
from backend.errors import UserError
from backend.hosted.prices import HostedModel, check_budget, record

TIMEOUT = httpx.Timeout(600, connect=10)
USUAL_TOKENS = 1024
"""Longest answer that is reckoned with where a request names none."""


class HostedProxy:
    """The way to hosted models, and what requests under way can still cost."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self.reserved = 0.0

    async def open(
        self,
        path: str,
        body: dict[str, Any],
        asked: Sampling,
        model: HostedModel,
        held: AsyncExitStack,
    ) -> httpx.Response:
        """Send a request on; `held` keeps the connection and the reservation.

        Raises:
            ApiError: no host is named, the budget is used up, or the host refuses.
        """
        lab = settings()
        if not lab.hosted_url:
            raise ApiError(502, f"{asked.model} is hosted; set HOSTED_URL.", "host_unreachable")
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or USUAL_TOKENS
        at_most = model.at_most(len(json.dumps(body)), limit * asked.count)
        try:
            check_budget(model, at_most, self.reserved)
        except UserError as error:
            raise ApiError(402, str(error), "budget_used_up") from error
        self.reserved += at_most or 0.0
        held.callback(self._release, at_most or 0.0)
        client = httpx.AsyncClient(
            base_url=lab.hosted_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {lab.hosted_key}"},
            timeout=TIMEOUT,
        )
        held.push_async_callback(client.aclose)
        try:
            sent = client.build_request("POST", path.removeprefix("/v1/"), json=body)
            upstream = await client.send(sent, stream=True)
            held.push_async_callback(upstream.aclose)
            if not asked.stream or upstream.is_error:
                await upstream.aread()
        except httpx.HTTPError as error:
            raise ApiError(
                502, f"The server that hosts {asked.model} does not answer.", "host_unreachable"
            ) from error
        if upstream.is_error:
            raise refusal(asked.model, upstream)
        return upstream

    def _release(self, dollars: float) -> None:
        self.reserved -= dollars


def refusal(name: str, upstream: httpx.Response) -> ApiError:
    """Return a host's refusal in one sentence; its status stays, so that clients try again."""
    status = upstream.status_code
    if status in (401, 403):
        return ApiError(502, f"The host of {name} refused the key; set HOSTED_KEY.", "key_refused")
    try:
        reason = str(upstream.json()["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        reason = f"it answered with {status}"
    return ApiError(status, f"The host of {name} can't answer: {reason}.", "host_refused")


class Meter:
    """Counts the tokens of one answer and keeps what they cost, once."""

    def __init__(self, model: HostedModel, purpose: str) -> None:
        """Begin with nothing counted."""
        self.model = model
        self.purpose = purpose
        self.input_tokens = 0
        self.output_tokens = 0

    def see(self, answer: dict[str, Any]) -> None:
        """Look at an answer or at a chunk of one."""
        usage = answer.get("usage")
        if usage:
            self.input_tokens = int(usage.get("prompt_tokens") or 0)
            self.output_tokens = int(usage.get("completion_tokens") or 0)
        elif any(choice.get("delta", {}).get("content") for choice in answer.get("choices", [])):
            self.output_tokens += 1  # Of a stream that is cut off, nobody tells the usage.

    def keep(self) -> None:
        """Store it."""
        if self.input_tokens or self.output_tokens:
            record(self.model, self.input_tokens, self.output_tokens, self.purpose)


async def metered(lines: AsyncIterator[str], meter: Meter) -> AsyncIterator[str]:
    """Pass on a stream's lines, counting."""
    async for line in lines:
        if line.startswith("data: {"):
            meter.see(json.loads(line.removeprefix("data: ")))
        yield line
