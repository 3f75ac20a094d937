"""Models hosted by others behind an OpenAI-compatible API, and their prices.

`HOSTED_MODELS` names them, each with its prices in US dollars per million input, output and, if it
is to be finetuned, training tokens: "gpt-4.1-mini=0.4/1.6/5, some-free-model=0/0". The key is read
from the environment when a request is sent and is stored nowhere.
"""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from backend.config import settings
from backend.errors import InvalidDataError
from models.base_models import BaseModelCard

PRICES = re.compile(r"([0-9]+(?:\.[0-9]+)?)/([0-9]+(?:\.[0-9]+)?)")
"""Input and output, in dollars per million tokens."""
PRICE = r"([0-9]+\.?[0-9]*|\.[0-9]+)"
ENTRY = re.compile(rf"^([^\s=,]+)(?:={PRICE}/{PRICE}(?:/{PRICE})?)?$")
CHARACTERS_PER_TOKEN = 3
"""Fewer than usual, so that estimates err on the high side: a budget must not be exceeded."""
MILLION = 1_000_000


class HostedModel(BaseModel):
    """A hosted model and its prices."""

    model_config = ConfigDict(frozen=True)

    name: str
    input_price: float | None = None
    """US dollars per million tokens; None if not known."""
    output_price: float | None = None
    training_price: float | None = None

    def dollars(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return the cost of a request by its tokens; None if the prices are not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price) / MILLION

    def max_dollars(self, characters: int, max_tokens: int) -> float | None:
        """Return the highest cost of a request of `characters` characters."""
        return self.dollars(characters // CHARACTERS_PER_TOKEN + 1, max_tokens)

    def training_dollars(self, tokens: int) -> float | None:
        """Return the cost of training on `tokens` tokens, each counted in every epoch."""
        return None if self.training_price is None else tokens * self.training_price / MILLION


def hosted_models() -> dict[str, HostedModel]:
    """Return the hosted models by name; none if HOSTED_URL is not set.

    Raises:
        InvalidDataError: an entry is not valid; the message names it.
    """
    lab = settings()
    models: dict[str, HostedModel] = {}
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
        models[name] = HostedModel(
            name=name, input_price=known[0], output_price=known[1], training_price=known[2]
        )
    return models


def priced(name: str, base_model: str) -> HostedModel:
    """Return a hosted model; a finetuned one without its own entry has its base model's prices.

    Args:
        name: The host's name for it.
        base_model: The model that it was finetuned from; the same name for a base model.
    """
    known = hosted_models()
    base = known.get(base_model) or HostedModel(name=base_model)
    return known.get(name) or base.model_copy(update={"name": name})


def card_of(model: HostedModel) -> BaseModelCard:
    """Return a hosted model's card for the list of base models."""
    host = urlsplit(settings().hosted_url).hostname or "a server"
    return BaseModelCard(
        name=model.name,
        title=f"{model.name}, hosted",
        hosted=True,
        license="its provider's terms",
        remarks=f"Hosted by {host}: chats, samples and judging; {host} trains runs on it.",
    )
