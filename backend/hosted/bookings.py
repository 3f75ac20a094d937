"""Bookings: the most that a request can cost counts as spent until its host has told the usage.

A booking is a row of the database, so that it holds for every process of the lab, and still counts
after a process was killed whose requests were under way.
"""

import json
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.db import lock_table, session
from backend.hosted.budget import check_budget
from backend.hosted.prices import HostedModel
from models.tables import Spending

MAX_TOKENS = 1024
"""Limit of an answer where a request sets none, because a host's own can cost any amount."""
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)
"""Errors after which it is certain that the host has not received the request."""
MAYBE_BILLED = (502, 504, 524)
"""Statuses of a proxy that has no answer from the host; the host may bill one nevertheless."""


class Usage(BaseModel):
    """The tokens that a host bills for a request."""

    model_config = ConfigDict(strict=True)

    prompt_tokens: int = Field(ge=1)
    completion_tokens: int = Field(ge=0)


class _Response(BaseModel):
    usage: Usage


def usage_of(response: str | bytes) -> Usage | None:
    """Return the usage that a response's JSON, or one chunk of a stream, tells; None if none."""
    try:
        return _Response.model_validate_json(response).usage
    except ValidationError:
        return None


def max_dollars(model: HostedModel, body: dict[str, Any]) -> float | None:
    """Return the most that a request can cost; None if the model's prices are not known.

    Args:
        model: The model that is asked.
        body: The request's JSON, with a limit of the answer.
    """
    limits = (body.get("max_tokens") or 0, body.get("max_completion_tokens") or 0)
    answers = (body.get("n") or 1) * _prompts(body.get("prompt"))
    return model.max_dollars(len(json.dumps(body)), max(limits) * answers)


def _prompts(prompt: Any) -> int:
    """Return the number of prompts that a field of `/v1/completions` holds; 1 where it is none."""
    several = isinstance(prompt, list) and not all(isinstance(each, int) for each in prompt)
    return len(prompt) if several else 1


class Booking:
    """The cost of one request: its highest, until it is settled or released."""

    def __init__(self, model: HostedModel, body: dict[str, Any], purpose: str) -> None:
        """Book the highest cost of a request that is about to be sent.

        Raises:
            UserError: the request could exceed the budget; nothing is booked.
        """
        self.model = model
        most = max_dollars(model, body)
        row = Spending(
            model=model.name, input_tokens=0, output_tokens=0, dollars=most, purpose=purpose
        )
        with session() as db:
            # In one transaction, so that simultaneous requests see each other's bookings.
            lock_table(db, Spending)
            db.add(row)
            db.flush()
            check_budget(model, most, db)
        self._row = row

    def settle(self, usage: Usage | None) -> None:
        """Replace the highest cost by the real one; if that is not known, the highest stays."""
        if usage:
            self._row.input_tokens = usage.prompt_tokens
            self._row.output_tokens = usage.completion_tokens
            self._row.dollars = self.model.dollars(usage.prompt_tokens, usage.completion_tokens)
            with session() as db:
                db.add(self._row)

    def release(self) -> None:
        """Remove the booking: the host has not received the request, or has refused it."""
        with session() as db:
            db.delete(self._row)

    def release_if_unsent(self, error: Exception) -> None:
        """Remove the booking if an error shows that the host has not received the request."""
        if isinstance(error, NOT_SENT):
            self.release()

    def release_if_refused(self, status: int) -> None:
        """Remove the booking if a status shows that the host has refused the request."""
        if status >= 300 and status not in MAYBE_BILLED:
            self.release()
