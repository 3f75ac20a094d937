"""Requests to hosted models: forwarded with the API key, and booked."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx

from backend.config import settings
from backend.engine.errors import ApiError
from backend.engine.requests import GenerationRequest
from backend.engine.responses import DONE, data_of
from backend.errors import DatabaseError, UserError
from backend.hosted.bookings import Booking, Usage, usage_of
from backend.hosted.prices import HostedModel
from backend.redaction import StreamRedactor, redacted

log = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(600, connect=10)


async def open_hosted(
    path: str, payload: GenerationRequest, model: HostedModel, resources: AsyncExitStack
) -> tuple[httpx.Response, Booking]:
    """Forward a request to the host within the budget; `resources` holds the connection.

    Returns:
        The response, and the booking, which is to be settled with the usage that it tells. A client
        that leaves in the meantime leaves the highest cost booked.

    Raises:
        ApiError: no host is set, the budget is used up, or the host refuses.
    """
    lab = settings()
    if not lab.hosted_url:
        raise ApiError(502, f"{payload.model} is hosted; set HOSTED_URL.", "host_unreachable")
    client = httpx.AsyncClient(
        base_url=lab.hosted_url.rstrip("/") + "/",
        headers={"Authorization": f"Bearer {lab.hosted_key}"},
        timeout=TIMEOUT,
    )
    resources.push_async_callback(client.aclose)
    body = payload.hosted(model.name)
    # Not named as the client names itself: trainings find theirs by purpose.
    booking = await _booked(model, body, f"request of {payload.user or 'a client'}")
    try:
        forwarded = client.build_request("POST", path.removeprefix("/v1/"), json=body)
        upstream = await client.send(forwarded, stream=True)
        resources.push_async_callback(upstream.aclose)
        if not (payload.stream and upstream.is_success):
            await upstream.aread()
    except httpx.HTTPError as error:
        await asyncio.to_thread(booking.release_if_unsent, error)
        message = f"The server that hosts {payload.model} does not answer."
        raise ApiError(502, message, "host_unreachable") from error
    await asyncio.to_thread(booking.release_if_refused, upstream.status_code)
    if not upstream.is_success:
        raise refusal(payload.model, upstream)
    return upstream, booking


async def _booked(model: HostedModel, body: dict[str, Any], purpose: str) -> Booking:
    """Book a request, in a thread, as the database may be busy; ApiError if the budget is used up.

    A client that leaves meanwhile leaves no booking: nothing was sent.
    """
    booking = asyncio.create_task(asyncio.to_thread(Booking, model, body, purpose))
    try:
        return await asyncio.shield(booking)
    except asyncio.CancelledError:
        with suppress(UserError):
            await asyncio.to_thread((await booking).release)
        raise
    except DatabaseError:
        raise
    except UserError as error:
        raise ApiError(402, str(error), "budget_used_up") from error


async def settle(booking: Booking, usage: Usage | None) -> None:
    """Settle a booking, in a thread; the answer is not lost if the database can't be written."""
    try:
        await asyncio.to_thread(booking.settle, usage)
    except DatabaseError as error:
        log.warning("The highest cost of a request stays booked: %s", error)


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
    message = f"The host of {name} refused the request: {reason}."
    return ApiError(status if upstream.is_error else 502, message, "host_refused")


async def metered(lines: AsyncIterator[str], booking: Booking) -> AsyncIterator[str]:
    """Yield a stream's lines, and settle its booking as soon as it is complete."""
    usage = None
    async for line in lines:
        data = data_of(line)
        if data == DONE:  # Not earlier: the usage of a stream that goes on is partial.
            await settle(booking, usage)
        usage = usage_of(data) or usage
        yield line


class Guard:
    """Cuts the lab's secrets from a host's stream, also those that several chunks hold."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._answers: defaultdict[int, StreamRedactor] = defaultdict(StreamRedactor)
        self._last: dict[int, dict[str, Any]] = {}
        """The last chunk of each answer."""

    def cleared(self, event: str) -> list[str]:
        """Return the events to send for one: what may be part of a secret comes with a later one.

        The end of the stream is preceded by what is still held back.
        """
        if data_of(event) == DONE:
            return [*self._held_back(), event]
        try:
            chunk = json.loads(data_of(event))
            for choice in chunk["choices"]:
                self._clear(choice)
                self._last[choice.get("index", 0)] = chunk | {"choices": [choice]}
        except (ValueError, KeyError, TypeError, AttributeError):  # No chunk of an answer.
            return [redacted(event)]
        return [_event(chunk)]

    def _held_back(self) -> Iterator[str]:
        for index, chunk in self._last.items():
            if rest := self._answers[index].rest():
                [choice] = chunk["choices"]
                place, field = _place(choice)
                place[field] = rest
                yield _event(chunk)

    def _clear(self, choice: dict[str, Any]) -> None:
        place, field = _place(choice)
        answer = self._answers[choice.get("index", 0)]
        written = place.get(field) or ""
        cleared = answer.feed(written)
        if choice.get("finish_reason"):
            cleared += answer.rest()
        if cleared != written:
            place[field], choice["logprobs"] = cleared, None


def _place(choice: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return where a choice holds its text, and under which name."""
    return (choice, "text") if "text" in choice else (choice["delta"], "content")


def _event(chunk: dict[str, Any]) -> str:
    return redacted(f"data: {json.dumps(chunk, ensure_ascii=False)}")
