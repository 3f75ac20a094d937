"""Models that somebody else hosts behind an OpenAI-compatible API, what they cost, and the cap.

`HOSTED_MODELS` names them, each with its prices in US dollars for a million input, output and, if
it is to be finetuned, training tokens: "gpt-4.1-mini=0.4/1.6/5, some-free-model=0/0". The key is
read from the environment when a request is sent and is kept nowhere.
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

PRICES = re.compile(r"([0-9]+(?:\.[0-9]+)?)/([0-9]+(?:\.[0-9]+)?)")
"""Input and output, in dollars for a million tokens."""
ENTRY = re.compile(r"^([^\s=,]+)(?:=([0-9.]+)/([0-9.]+)(?:/([0-9.]+))?)?$")
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
    training_price: float | None = None

    def dollars(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return what so many tokens cost; None where prices are not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price) / MILLION

    def at_most(self, characters: int, max_tokens: int) -> float | None:
        """Return what a request of so many characters can cost at most."""
        return self.dollars(characters // CHARACTERS_PER_TOKEN + 1, max_tokens)

    def training_dollars(self, tokens: int) -> float | None:
        """Return what training on so many tokens, each counted in every epoch, costs."""
        return None if self.training_price is None else tokens * self.training_price / MILLION


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
                f'HOSTED_MODELS: "{entry}" is not of the form name, name=input/output price or '
                "name=input/output/training price."
            )
        name, *prices = match.groups()
        known = [float(price) if price else None for price in prices]
        found[name] = HostedModel(
            name=name, input_price=known[0], output_price=known[1], training_price=known[2]
        )
    return found


def priced(name: str, base_model: str) -> HostedModel:
    """Return a hosted model; a finetuned one that has no entry of its own costs what its base does.

    Args:
        name: What the host calls it.
        base_model: What it was finetuned from; the same for a base model.
    """
    known = hosted_models()
    base = known.get(base_model) or HostedModel(name=base_model)
    return known.get(name) or base.model_copy(update={"name": name})


def card_of(model: HostedModel) -> BaseModelCard:
    """Return a hosted model as base models are listed."""
    host = urlsplit(settings().hosted_url).hostname or "a server"
    return BaseModelCard(
        name=model.name,
        title=f"{model.name}, hosted",
        hosted=True,
        license="its provider's terms",
        remarks=f"Hosted by {host}: it chats, is sampled and judges; runs on it are trained there.",
    )


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
            f"{model.name}=input/output dollars for a million tokens, or set JUDGE_PRICES."
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


def check_training(model: HostedModel, at_most: float | None, booked: float = 0.0) -> None:
    """Refuse a training that could overrun the budget.

    Args:
        model: What is trained.
        at_most: What the training can cost.
        booked: As much of it as counts as spent already.

    Raises:
        UserError: the budget would not hold, or can't be held for want of a training price.
    """
    budget = settings().hosted_budget
    if budget is None:
        return
    if at_most is None:
        raise UserError(
            f"There is a budget, but no training price for {model.name}; add it to HOSTED_MODELS "
            f"as {model.name}=input/output/training dollars for a million tokens."
        )
    used = spent() - booked
    if used + at_most > budget:
        raise UserError(
            f"The budget for hosted models, ${budget:.2f}, does not suffice: ${used:.2f} are spent "
            f"or reserved, and this training could cost ${at_most:.2f}. Raise HOSTED_BUDGET or "
            "train fewer epochs."
        )


def reserve(model: HostedModel, at_most: float | None, purpose: str) -> None:
    """Book what a training can cost before it is begun; once, however often it is asked for.

    Raises:
        UserError: the budget would not hold; nothing is booked.
    """
    with session() as db:
        row = db.exec(select(Spending).where(Spending.purpose == purpose)).first()
        row = row or Spending(model=model.name, input_tokens=0, output_tokens=0, purpose=purpose)
        row.dollars = at_most
        db.add(row)
    try:
        # Booked before it is checked, so that of two at a time neither overlooks the other.
        check_training(model, at_most, booked=at_most or 0.0)
    except UserError:
        settle(model, purpose, purpose, 0)
        raise


def settle(model: HostedModel, reserved: str, purpose: str, tokens: int | None) -> None:
    """Book what a training has cost instead of what was reserved for it; once.

    Args:
        model: What was trained.
        reserved: The purpose that the reservation was made for.
        purpose: What the training is known by from now on.
        tokens: Those that are billed; None is not known, so that the reservation stands.
    """
    with session() as db:
        known = col(Spending.purpose).in_((reserved, purpose))
        row = db.exec(select(Spending).where(known)).first()
        if row and tokens == 0:
            db.delete(row)
        elif tokens != 0:
            row = row or Spending(model=model.name, input_tokens=0, output_tokens=0)
            row.purpose = purpose
            if tokens is not None:
                row.input_tokens, row.dollars = tokens, model.training_dollars(tokens)
            db.add(row)
