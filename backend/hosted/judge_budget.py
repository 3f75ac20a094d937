"""Keep requests to a judge at `JUDGE_URL` within the budget.

For judges behind the gateway, the gateway does so; this is for a judge that is asked directly.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from openai.types import CompletionUsage

from backend.config import settings
from backend.errors import InvalidDataError
from backend.hosted.budget import check_budget, record
from backend.hosted.prices import PRICES, HostedModel, hosted_models

Answer = TypeVar("Answer")


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


class JudgeBudget:
    """The budget of a judge that several threads ask at once."""

    def __init__(self, model: HostedModel) -> None:
        """Pay for one model."""
        self.model = model
        self._lock = threading.Lock()
        self._reserved = 0.0

    def pay(
        self,
        characters: int,
        max_tokens: int,
        request: Callable[[], tuple[Answer, CompletionUsage | None]],
    ) -> Answer:
        """Send a request, with its highest cost reserved meanwhile, and record what it cost.

        Args:
            characters: Length of the prompt.
            max_tokens: Limit of the answer.
            request: Sends the request; returns the answer and the tokens used, if known.

        Raises:
            UserError: the request could exceed the budget, and is not sent.
        """
        most = self.model.max_dollars(characters, max_tokens)
        with self._lock:
            check_budget(self.model, most, self._reserved)
            self._reserved += most or 0.0
        usage = None
        try:
            answer, usage = request()
        finally:
            # In one step, so that no other thread sees the cost twice or not at all.
            with self._lock:
                self._reserved -= most or 0.0
                if usage:
                    record(self.model, usage.prompt_tokens, usage.completion_tokens, "judge")
        return answer
