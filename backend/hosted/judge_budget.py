"""The budget, held while several requests to a judge at `JUDGE_URL` are under way.

Judges that the gateway passes on are held to it there; this is for those that are asked directly.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from openai.types import CompletionUsage

from backend.config import settings
from backend.errors import InvalidDataError
from backend.hosted.prices import PRICES, HostedModel, check_budget, hosted_models, record


def priced_judge() -> HostedModel | None:
    """Return who judges with its prices; None for a model of the lab's own, which costs nothing.

    Raises:
        InvalidDataError: `JUDGE_PRICES` can't be read.
    """
    lab = settings()
    if not lab.judge_url:
        return hosted_models().get(lab.judge_model)
    if not lab.judge_prices:
        return HostedModel(name=lab.judge_model)
    match = PRICES.fullmatch(lab.judge_prices.strip())
    if not match:
        raise InvalidDataError(
            f'JUDGE_PRICES: "{lab.judge_prices}" is not of the form input/output dollars for a '
            "million tokens, as 0.4/1.6."
        )
    return HostedModel(
        name=lab.judge_model, input_price=float(match[1]), output_price=float(match[2])
    )


class Purse:
    """Pays for requests of several threads; what could overrun the budget is not sent."""

    def __init__(self, model: HostedModel) -> None:
        """Pay for one model."""
        self.model = model
        self._lock = threading.Lock()
        self._reserved = 0.0
        self._usage = threading.local()

    def tell(self, usage: CompletionUsage | None) -> None:
        """Take down what the request of this thread has used."""
        self._usage.last = usage

    @contextmanager
    def request(self, characters: int, max_tokens: int) -> Iterator[None]:
        """Hold what a request can cost, and book what it has.

        Raises:
            UserError: the budget would not hold.
        """
        at_most = self.model.at_most(characters, max_tokens)
        with self._lock:
            check_budget(self.model, at_most, self._reserved)
            self._reserved += at_most or 0.0
        self._usage.last = None
        try:
            yield
        finally:
            used = self._usage.last
            with self._lock:
                self._reserved -= at_most or 0.0
                if used:
                    record(self.model, used.prompt_tokens, used.completion_tokens, "judge")
