"""Models that somebody else hosts behind an OpenAI-compatible API, what they cost, and the cap.

`HOSTED_MODELS` names them, each with its prices in US dollars for a million input and output
tokens: "gpt-4.1-mini=0.4/1.6, some-free-model=0/0". The key is read from the environment when a
request is sent and is kept nowhere.
"""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, func, select

from backend.config import settings
from backend.db import session
from backend.errors import InvalidDataError, UserError
from models.base_models import BaseModelCard
from models.tables import Spending

ENTRY = re.compile(r"^([^\s=,]+)(?:=([0-9.]+)/([0-9.]+))?$")
CHARACTERS_PER_TOKEN = 3
"""Few, so that an estimate is rather too high: a budget may not be overrun."""
MILLION = 1_000_000


class HostedModel(BaseModel):
    """A hosted model and its prices."""

    model_config = ConfigDict(frozen=True)

    name: str
    input_price: float | None = None
    """US dollars for a million tokens; None is not known."""
    output_price: float | None = None

    def dollars(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return what so many tokens cost; None where prices are not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price) / MILLION

    def at_most(self, characters: int, max_tokens: int) -> float | None:
        """Return what a request of so many characters can cost at most."""
        return self.dollars(characters // CHARACTERS_PER_TOKEN + 1, max_tokens)


def hosted_models() -> dict[str, HostedModel]:
    """Return the hosted models by name; none where no address is given.

    Raises:
        InvalidDataError: an entry can't be read; the message names it.
    """
    lab = settings()
    found: dict[str, HostedModel] = {}
    for entry in (part.strip() for part in lab.hosted_models.split(",") if lab.hosted_url):
        if not entry:
            continue
        match = ENTRY.match(entry)
        if not match:
            raise InvalidDataError(
                f'HOSTED_MODELS: "{entry}" is not of the form name or name=input/output price.'
            )
        name, *prices = match.groups()
        known = [float(price) if price else None for price in prices]
        found[name] = HostedModel(name=name, input_price=known[0], output_price=known[1])
    return found


def card_of(model: HostedModel) -> BaseModelCard:
    """Return a hosted model as base models are listed."""
    host = urlsplit(settings().hosted_url).hostname or "a server"
    return BaseModelCard(
        name=model.name, title=f"{model.name}, hosted", hosted=True,
        license="its provider's terms",
        remarks=f"Hosted by {host}: it chats, is sampled and judges; it can't be finetuned here.",
    )  # fmt: skip


def spent() -> float:
    """Return all dollars that hosted models have cost so far, where prices are known."""
    with session() as db:
        return float(db.exec(select(func.sum(col(Spending.dollars)))).one() or 0.0)


def check_budget(model: HostedModel, at_most: float | None, reserved: float = 0.0) -> None:
    """Refuse what could overrun the budget.

    Args:
        model: Who is asked.
        at_most: What the request can cost.
        reserved: What requests that are under way can still cost.

    Raises:
        UserError: the budget would not hold, or can't be held for want of prices.
    """
    budget = settings().hosted_budget
    if budget is None:
        return
    if at_most is None:
        raise UserError(
            f"There is a budget, but no price for {model.name}; add it to HOSTED_MODELS as "
            f"{model.name}=input/output dollars for a million tokens."
        )
    used = spent()
    if used + reserved + at_most > budget:
        raise UserError(
            f"The budget for hosted models, ${budget:.2f}, is used up: ${used:.2f} are spent, and "
            f"this request could cost ${at_most:.4f}. Raise HOSTED_BUDGET to go on."
        )


def record(model: HostedModel, input_tokens: int, output_tokens: int, purpose: str) -> None:
    """Keep what a request has cost."""
    with session() as db:
        db.add(
            Spending(
                model=model.name,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                dollars=model.dollars(input_tokens, output_tokens),
                purpose=purpose,
            )
        )
