"""Requests to hosted models: forwarded with the API key, and metered."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx

from backend.config import settings
from backend.engine.errors import ApiError
from backend.engine.requests import GenerationRequest
from backend.errors import UserError
from backend.hosted.budget import check_budget, record
from backend.hosted.prices import HostedModel

TIMEOUT = httpx.Timeout(600, connect=10)
DEFAULT_TOKENS = 1024
"""Length of an answer that the budget check assumes where a request sets no limit."""


class HostedProxy:
    """Forwards requests to the host within the budget."""

    def __init__(self) -> None:
        """Start with no requests in flight."""
        self.reserved = 0.0
        """US dollars that the requests in flight can still cost."""

    async def open(
        self, path: str, payload: GenerationRequest, model: HostedModel, resources: AsyncExitStack
    ) -> httpx.Response:
        """Forward a request; `resources` holds the connection and the reserved cost.

        Raises:
            ApiError: no host is set, the budget is used up, or the host refuses.
        """
        lab = settings()
        if not lab.hosted_url:
            raise ApiError(502, f"{payload.model} is hosted; set HOSTED_URL.", "host_unreachable")
        body = payload.hosted(model.name)
        self._reserve(payload, body, model, resources)
        client = httpx.AsyncClient(
            base_url=lab.hosted_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {lab.hosted_key}"},
            timeout=TIMEOUT,
        )
        resources.push_async_callback(client.aclose)
        try:
            forwarded = client.build_request("POST", path.removeprefix("/v1/"), json=body)
            upstream = await client.send(forwarded, stream=True)
            resources.push_async_callback(upstream.aclose)
            if not payload.stream or upstream.is_error:
                await upstream.aread()
        except httpx.HTTPError as error:
            message = f"The server that hosts {payload.model} does not answer."
            raise ApiError(502, message, "host_unreachable") from error
        if upstream.is_error:
            raise refusal(payload.model, upstream)
        return upstream

    def _reserve(
        self,
        payload: GenerationRequest,
        body: dict[str, Any],
        model: HostedModel,
        resources: AsyncExitStack,
    ) -> None:
        """Reserve the most that a request can cost until `resources` closes."""
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or DEFAULT_TOKENS
        at_most = model.max_dollars(len(json.dumps(body)), limit * payload.count)
        try:
            check_budget(model, at_most, self.reserved)
        except UserError as error:
            raise ApiError(402, str(error), "budget_used_up") from error
        self.reserved += at_most or 0.0
        resources.callback(self._release, at_most or 0.0)

    def _release(self, dollars: float) -> None:
        self.reserved -= dollars


def refusal(name: str, upstream: httpx.Response) -> ApiError:
    """Return a host's refusal as one sentence, with its status, so that clients retry."""
    status = upstream.status_code
    if status in (401, 403):
        message = f"The host of {name} refused the API key; check HOSTED_KEY."
        return ApiError(502, message, "key_refused")
    try:
        reason = str(upstream.json()["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        reason = f"it answered with status {status}"
    return ApiError(status, f"The host of {name} refused the request: {reason}.", "host_refused")


class Meter:
    """Counts the tokens of one answer and stores what they cost."""

    def __init__(self, model: HostedModel, purpose: str) -> None:
        """Start at zero; `purpose` is stored with the cost."""
        self.model = model
        self.purpose = purpose
        self.input_tokens = 0
        self.output_tokens = 0

    def count(self, response: dict[str, Any]) -> None:
        """Count the tokens of a response or of one chunk of a stream."""
        usage = response.get("usage")
        if usage:
            self.input_tokens = int(usage.get("prompt_tokens") or 0)
            self.output_tokens = int(usage.get("completion_tokens") or 0)
        elif any(choice.get("delta", {}).get("content") for choice in response.get("choices", [])):
            self.output_tokens += 1  # A stream that is cut off never reports its usage.

    def store(self) -> None:
        """Store the cost, unless nothing was counted."""
        if self.input_tokens or self.output_tokens:
            record(self.model, self.input_tokens, self.output_tokens, self.purpose)


async def metered(lines: AsyncIterator[str], meter: Meter) -> AsyncIterator[str]:
    """Yield a stream's lines and count their tokens."""
    async for line in lines:
        if line.startswith("data: {"):
            meter.count(json.loads(line.removeprefix("data: ")))
        yield line
