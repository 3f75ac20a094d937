"""Keep requests to a judge at `JUDGE_URL` within the budget.

For judges behind the gateway, the gateway does so; this is for a judge that is asked directly.
"""

import json
from typing import Any

import httpx

from backend.config import settings
from backend.errors import InvalidDataError, UserError
from backend.hosted.bookings import Booking, usage_of
from backend.hosted.prices import PRICES, HostedModel, hosted_models


def priced_judge() -> HostedModel | None:
    """Return the judge with its prices; None for a model of the lab itself, which costs nothing.

    Raises:
        InvalidDataError: `JUDGE_PRICES` is not valid.
    """
    lab = settings()
    if not lab.judge_url:
        return hosted_models().get(lab.judge_model)
    if not lab.judge_prices:
        return HostedModel(name=lab.judge_model)
    match = PRICES.fullmatch(lab.judge_prices.strip())
    if not match:
        raise InvalidDataError(
            f'JUDGE_PRICES: "{lab.judge_prices}" is not of the form input/output, in dollars per '
            "million tokens, such as 0.4/1.6."
        )
    return HostedModel(
        name=lab.judge_model, input_price=float(match[1]), output_price=float(match[2])
    )


class JudgeHttp(httpx.Client):
    """The HTTP client of a judge: each attempt of a request is booked, and has its own cost."""

    def __init__(self, model: HostedModel) -> None:
        """Pay for one model."""
        super().__init__(follow_redirects=True)
        self.model = model

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request; one that could exceed the budget is answered as by the gateway."""
        try:
            booking = Booking(self.model, json.loads(request.content), "judge")
        except UserError as error:
            # Not raised: the `openai` client would repeat a request that raises anything.
            return httpx.Response(402, json={"error": {"message": str(error)}}, request=request)
        try:
            response = super().send(request, **options)
            response.read()
        except httpx.HTTPError as error:
            booking.release_if_unsent(error)
            raise
        booking.release_if_refused(response.status_code)
        if response.is_success:
            booking.settle(usage_of(response.content))
        return response
