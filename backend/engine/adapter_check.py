"""The check after loading: does the engine agree with torch, with the adapter and without?

Training leaves `reference.json` with torch's log-probabilities at a few dozen positions. The same
tokens are put to llama.cpp, and the differences decide whether the model may be served.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from pydantic import BaseModel, Field, ValidationError
from sqlmodel import col, delete

from backend.db import session
from backend.errors import InvalidDataError
from models.tables import EngineCheck

ENGINE = "llama.cpp"
TOLERANCE = 0.3
"""Largest mean absolute difference, in nats. The GGUF file's weights are 4-bit and llama.cpp's
activations 8-bit: that alone makes 0.07 to 0.11 on the base model and 0.08 to 0.12 with adapters
of whole runs. With q's and k's rows in the wrong order it is 0.46, at half the strength 1.0."""
APPLIED_SHARE = 0.25
"""The engine must show at least this share of the change that torch sees."""
TORCH_NOTICES = 0.01
"""A smaller change, in nats, is too little for telling whether the engine applies it."""
TOP_LOGPROBS = 200
"""Log-probabilities asked for at each position. Tokens that are not among them count as the last
one that is, on both sides: how unlikely an unlikely token is matters to no text, and listing a
whole vocabulary takes half a second a position."""
FORCED = 1000.0
"""Added to a token's logit, so that it is what comes next."""
POSITIONS = 8
"""Positions compared, evenly spread over the reference: a finished run must be ready within two
seconds of its job's end, and each position takes 0.1 s."""


class Position(BaseModel):
    """What torch says after some tokens."""

    tokens: list[int] = Field(min_length=1)
    next: list[int] = Field(min_length=1)
    adapter: list[float]
    base: list[float]


class Prompt(BaseModel):
    """How the training's tokenizer renders a chat."""

    messages: list[dict[str, str]]
    tokens: list[int]


class Reference(BaseModel):
    """What training left for the check."""

    positions: list[Position] = Field(min_length=1)
    prompt: Prompt | None = None


@dataclass(frozen=True)
class Differences:
    """Means over all compared tokens, in nats."""

    adapter: float
    base: float
    applied: float
    """Change by the adapter in the engine."""
    torch_applied: float
    """Change by the adapter in torch."""


def read_reference(path: Path) -> Reference:
    """Read reference.json; InvalidDataError when it is missing or broken."""
    try:
        return Reference.model_validate_json(path.read_bytes())
    except OSError:
        reason = "its reference.json is missing"
    except ValidationError:
        reason = "its reference.json is broken"
    raise InvalidDataError(f"The adapter can't be checked: {reason}; train the run again.")


@dataclass(frozen=True)
class TopLogprobs:
    """The likeliest next tokens and their log-probabilities, in nats."""

    found: dict[int, float]

    @property
    def floor(self) -> float:
        """Log-probability of the least likely token listed."""
        return min(self.found.values())

    def of(self, token: int) -> float:
        """Log-probability of a token, or the floor for one that is not listed."""
        return self.found.get(token, self.floor)


class CheckClient(Protocol):
    """Asks an engine about one run that it has loaded."""

    engine: str
    """What it is called where its checks are kept."""

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the log-probabilities of what may follow some tokens."""

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether the engine renders and tokenises a chat as the training's tokenizer does."""


class LlamaCheckClient:
    """Asks llama.cpp; `template` holds extra arguments of the chat template."""

    engine = ENGINE

    def __init__(self, client: httpx.AsyncClient, template: dict[str, Any]) -> None:
        """Ask the one run that a server has loaded."""
        self.client = client
        self.template = template
        self._letters: list[int] = []

    async def _letter(self) -> int:
        """Return a token that is a whole letter."""
        self._letters = self._letters or await self._tokens("a")
        return self._letters[0]

    async def _tokens(self, text: str, **options: bool) -> list[int]:
        answer = await self.client.post("/tokenize", json={"content": text, **options})
        answer.raise_for_status()
        return list(answer.json()["tokens"])

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the log-probabilities of what may follow some tokens."""
        body: dict[str, Any] = {
            "prompt": tokens,
            "n_predict": 1,
            "n_probs": TOP_LOGPROBS,
            "temperature": 0,
            "cache_prompt": True,
            "lora": [{"id": 0, "scale": 1.0 if adapted else 0.0}],
            # What is listed is told before the bias, but nothing is when the token that comes
            # next is a part of a letter, as an emoji's first is.
            "logit_bias": [[await self._letter(), FORCED]],
        }
        answer = await self.client.post("/completion", json=body)
        answer.raise_for_status()
        top = answer.json()["completion_probabilities"][0]["top_logprobs"]
        return TopLogprobs({entry["id"]: float(entry["logprob"]) for entry in top})

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether llama.cpp renders and tokenises a chat as the training's tokenizer does."""
        chat = {"messages": prompt.messages, "chat_template_kwargs": self.template}
        rendered = await self.client.post("/apply-template", json=chat)
        rendered.raise_for_status()
        text = rendered.json()["prompt"]
        return await self._tokens(text, add_special=True, parse_special=True) == prompt.tokens


def spread(positions: list[Position]) -> list[Position]:
    """Return at most POSITIONS of the positions, evenly spread, neighbours side by side."""
    count = min(POSITIONS, len(positions))
    return [positions[i * len(positions) // count] for i in range(count)]


def compare(
    places: list[Position], adapted: list[TopLogprobs], plain: list[TopLogprobs]
) -> Differences:
    """Compare the engine's log-probabilities, with the adapter and without, with torch's."""
    sums = [0.0] * 4
    count = 0
    for place, a, b in zip(places, adapted, plain, strict=True):
        low = max(a.floor, b.floor)
        for token, torch_a, torch_b in zip(place.next, place.adapter, place.base, strict=True):
            sums[0] += abs(a.of(token) - max(torch_a, a.floor))
            sums[1] += abs(b.of(token) - max(torch_b, b.floor))
            sums[2] += abs(max(a.of(token), low) - max(b.of(token), low))
            sums[3] += abs(max(torch_a, low) - max(torch_b, low))
            count += 1
    return Differences(*(value / count for value in sums))


async def measure(client: CheckClient, places: list[Position]) -> Differences:
    """Put positions to the engine, with the adapter and without."""
    # One after the other, so that the prompt that they share is computed once for each scale.
    adapted = [await client.top_logprobs(place.tokens, True) for place in places]
    plain = [await client.top_logprobs(place.tokens, False) for place in places]
    return compare(places, adapted, plain)


def verdict(found: Differences, tokens_agree: bool = True) -> tuple[bool, str]:
    """Return whether the model may be served, and one sentence about it."""
    if not tokens_agree:
        return False, "The engine renders the chat template otherwise than training did."
    lost = found.applied < APPLIED_SHARE * found.torch_applied
    if found.torch_applied > TORCH_NOTICES and lost:
        return False, (
            f"The engine does not apply the adapter: log-probabilities change by "
            f"{found.applied:.2f} nats where torch sees {found.torch_applied:.2f}."
        )
    for what, value in (("with the adapter", found.adapter), ("on the base model", found.base)):
        if not value <= TOLERANCE:
            return False, (
                f"Engine and torch differ by {value:.2f} nats {what}, "
                f"more than the {TOLERANCE:.2f} that rounded weights explain."
            )
    return True, (
        f"Engine and torch differ by {found.adapter:.2f} nats with the adapter and by "
        f"{found.base:.2f} without; the adapter changes {found.applied:.2f}."
    )


def store(check: EngineCheck) -> None:
    """Write a check's outcome over the run's last one."""
    with session() as db:
        db.merge(check)


def forget_refusals() -> None:
    """Forget which adapters llama.cpp was refused: a newer lab may well serve them."""
    refused = (col(EngineCheck.passed).is_(False), col(EngineCheck.engine) == ENGINE)
    with session() as db:
        db.execute(delete(EngineCheck).where(*refused))


def refusal(run_id: str, sha256: str, message: str, engine: str = ENGINE) -> EngineCheck:
    """Return the outcome for an adapter that could not even be loaded."""
    return EngineCheck(
        run_id=run_id,
        engine=engine,
        adapter_sha256=sha256,
        positions=0,
        mean_difference=0,
        base_mean_difference=0,
        applied=0,
        tolerance=TOLERANCE,
        passed=False,
        message=message,
    )


async def check(client: CheckClient, run_id: str, sha256: str, reference: Reference) -> EngineCheck:
    """Compare a freshly loaded adapter with torch."""
    try:
        places = spread(reference.positions)
        found = await measure(client, places)
        prompt = reference.prompt
        agree = prompt is None or await client.same_tokens(prompt)
    except (httpx.HTTPStatusError, ValueError, KeyError, json.JSONDecodeError) as error:
        failed = f"The adapter could not be checked ({error})."
        return refusal(run_id, sha256, failed, client.engine)
    passed, message = verdict(found, agree)
    return EngineCheck(
        run_id=run_id,
        engine=client.engine,
        adapter_sha256=sha256,
        positions=len(places),
        mean_difference=found.adapter,
        base_mean_difference=found.base,
        applied=found.applied,
        tolerance=TOLERANCE,
        passed=passed,
        message=message,
    )
