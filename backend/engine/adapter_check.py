"""The check after loading: does the engine agree with torch, with the adapter and without it?

Training writes torch's log-probabilities at a few dozen positions to `reference.json`. The engine
computes the same ones, and the differences decide whether the model may be served.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Protocol

import httpx
from pydantic import BaseModel, Field, ValidationError
from sqlmodel import col, delete

from backend.db import session
from backend.errors import InvalidDataError
from models.tables import EngineCheck

ENGINE = "llama.cpp"
TOLERANCE = 0.3
"""Largest mean absolute difference, in nats. With 4-bit weights in the GGUF file and 8-bit
activations in llama.cpp it is 0.07 to 0.11 on the base model and 0.08 to 0.12 with adapters of
complete runs. With the rows of q and k in the wrong order it is 0.46, at half the strength 1.0."""
APPLIED_SHARE = 0.25
"""The engine must reproduce at least this share of the change that torch computes."""
MEASURABLE = 0.01
"""Smallest change in torch, in nats, that shows whether the engine applies the adapter."""
TOP_LOGPROBS = 200
"""Log-probabilities requested at each position. Less likely tokens count as the least likely of
these, for engine and torch alike: exact values in the tail affect no text, and requesting the
whole vocabulary takes half a second per position."""
FORCED = 1000.0
"""Logit bias that makes a token certain to come next."""
POSITIONS = 8
"""Positions compared, evenly spread over the reference: a finished run must be ready within two
seconds of its job's end, and each position takes 0.1 s."""


class Position(BaseModel):
    """Torch's log-probabilities, in nats, of some tokens after a context."""

    tokens: list[int] = Field(min_length=1)
    """The context."""
    next: list[int] = Field(min_length=1)
    adapter: list[float]
    """Of each token in `next`, with the adapter."""
    base: list[float]
    """Of each token in `next`, without it."""


class Prompt(BaseModel):
    """A chat and its tokens by the tokenizer that training used."""

    messages: list[dict[str, str]]
    tokens: list[int]


class Reference(BaseModel):
    """The contents of `reference.json`."""

    positions: list[Position] = Field(min_length=1)
    prompt: Prompt | None = None


@dataclass(frozen=True)
class Differences:
    """Mean absolute differences over all compared tokens, in nats."""

    adapter: float
    """Between engine and torch, with the adapter."""
    base: float
    """Between engine and torch, without it."""
    applied: float
    """Between with and without the adapter, in the engine."""
    torch_applied: float
    """Between with and without the adapter, in torch."""


def read_reference(path: Path) -> Reference:
    """Read `reference.json`; InvalidDataError if it is missing or damaged."""
    try:
        return Reference.model_validate_json(path.read_bytes())
    except OSError:
        reason = "its reference.json is missing"
    except ValidationError:
        reason = "its reference.json is damaged"
    raise InvalidDataError(f"The adapter can't be checked: {reason}. Train the run again.")


@dataclass(frozen=True)
class TopLogprobs:
    """The likeliest next tokens and their log-probabilities, in nats."""

    by_token: dict[int, float]

    @property
    def floor(self) -> float:
        """Log-probability of the least likely token among them."""
        return min(self.by_token.values())

    def of(self, token: int) -> float:
        """Log-probability of a token; the floor if it is not among them."""
        return self.by_token.get(token, self.floor)


class CheckClient(Protocol):
    """What the check needs from an engine that has loaded a run's adapter."""

    engine: str
    """The engine's name in the stored checks."""

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the likeliest tokens after a context, with the adapter or without."""

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether the engine renders and tokenises a chat as training did."""


class LlamaCheckClient:
    """The check's requests to a llama.cpp server."""

    engine = ENGINE

    def __init__(self, client: httpx.AsyncClient, template: dict[str, Any]) -> None:
        """Use a server's client; `template` holds extra arguments for the chat template."""
        self.client = client
        self.template = template
        self._letter_tokens: list[int] = []

    async def _letter(self) -> int:
        """Return a token that is a whole letter."""
        self._letter_tokens = self._letter_tokens or await self._tokens("a")
        return self._letter_tokens[0]

    async def _tokens(self, text: str, **options: bool) -> list[int]:
        response = await self.client.post("/tokenize", json={"content": text, **options})
        response.raise_for_status()
        return list(response.json()["tokens"])

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the likeliest tokens after a context, with the adapter or without."""
        body: dict[str, Any] = {
            "prompt": tokens,
            "n_predict": 1,
            "n_probs": TOP_LOGPROBS,
            "temperature": 0,
            "cache_prompt": True,
            "lora": [{"id": 0, "scale": 1.0 if adapted else 0.0}],
            # The listed log-probabilities are those before the bias. Without it, llama.cpp lists
            # none where the next token is only a part of a character, such as an emoji's first.
            "logit_bias": [[await self._letter(), FORCED]],
        }
        response = await self.client.post("/completion", json=body)
        response.raise_for_status()
        top = response.json()["completion_probabilities"][0]["top_logprobs"]
        return TopLogprobs({entry["id"]: float(entry["logprob"]) for entry in top})

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether llama.cpp renders and tokenises a chat as training did."""
        chat = {"messages": prompt.messages, "chat_template_kwargs": self.template}
        rendered = await self.client.post("/apply-template", json=chat)
        rendered.raise_for_status()
        text = rendered.json()["prompt"]
        return await self._tokens(text, add_special=True, parse_special=True) == prompt.tokens


def spread(positions: list[Position]) -> list[Position]:
    """Return at most POSITIONS of the positions, evenly spread and in their order."""
    count = min(POSITIONS, len(positions))
    return [positions[i * len(positions) // count] for i in range(count)]


def compare(
    positions: list[Position], adapted: list[TopLogprobs], plain: list[TopLogprobs]
) -> Differences:
    """Compare log-probabilities of the engine with torch's.

    Args:
        positions: Torch's.
        adapted: The engine's at each position, with the adapter.
        plain: The same without it.
    """
    rows = [
        _differences(token, torch_adapter, torch_base, engine_adapter, engine_base)
        for position, engine_adapter, engine_base in zip(positions, adapted, plain, strict=True)
        for token, torch_adapter, torch_base in zip(
            position.next, position.adapter, position.base, strict=True
        )
    ]
    adapter, base, applied, torch_applied = (fmean(column) for column in zip(*rows, strict=True))
    return Differences(adapter, base, applied, torch_applied)


def _differences(
    token: int, torch_adapter: float, torch_base: float, adapter: TopLogprobs, base: TopLogprobs
) -> tuple[float, float, float, float]:
    """Return one token's absolute differences, in the order of the fields of `Differences`."""
    floor = max(adapter.floor, base.floor)
    return (
        abs(adapter.of(token) - max(torch_adapter, adapter.floor)),
        abs(base.of(token) - max(torch_base, base.floor)),
        abs(max(adapter.of(token), floor) - max(base.of(token), floor)),
        abs(max(torch_adapter, floor) - max(torch_base, floor)),
    )


async def measure(client: CheckClient, positions: list[Position]) -> Differences:
    """Have the engine compute the positions, with the adapter and without, and compare."""
    # One adapter scale after the other, so that each computes a shared prompt only once.
    adapted = [await client.top_logprobs(position.tokens, True) for position in positions]
    plain = [await client.top_logprobs(position.tokens, False) for position in positions]
    return compare(positions, adapted, plain)


def verdict(differences: Differences, tokens_agree: bool = True) -> tuple[bool, str]:
    """Return whether the model may be served, and one sentence that says why."""
    if not tokens_agree:
        return False, "The engine renders the chat template differently from training."
    applied, expected = differences.applied, differences.torch_applied
    if expected > MEASURABLE and applied < APPLIED_SHARE * expected:
        return False, (
            "The engine does not apply the adapter: it changes log-probabilities by "
            f"{applied:.2f} nats in the engine and by {expected:.2f} in torch."
        )
    cases = {"with the adapter": differences.adapter, "on the base model": differences.base}
    for case, difference in cases.items():
        if not difference <= TOLERANCE:  # Also refuses NaN.
            return False, (
                f"Engine and torch differ by {difference:.2f} nats {case}, "
                f"more than the {TOLERANCE:.2f} that quantization explains."
            )
    return True, (
        f"Engine and torch differ by {differences.adapter:.2f} nats with the adapter and by "
        f"{differences.base:.2f} without it; the adapter changes log-probabilities by "
        f"{applied:.2f}."
    )


def store(check: EngineCheck) -> None:
    """Store a check in place of the run's last one by the same engine."""
    with session() as db:
        db.merge(check)


def delete_failed_checks() -> None:
    """Delete llama.cpp's failed checks, because a newer version of the lab may pass them."""
    failed = (col(EngineCheck.passed).is_(False), col(EngineCheck.engine) == ENGINE)
    with session() as db:
        db.execute(delete(EngineCheck).where(*failed))


def failed_check(run_id: str, sha256: str, message: str, engine: str = ENGINE) -> EngineCheck:
    """Return the failed check of an adapter that could not be compared with torch."""
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
    """Compare a newly loaded adapter with torch; what the engine refuses is a failed check."""
    try:
        positions = spread(reference.positions)
        differences = await measure(client, positions)
        prompt = reference.prompt
        tokens_agree = prompt is None or await client.same_tokens(prompt)
    except (httpx.HTTPStatusError, ValueError, KeyError, json.JSONDecodeError) as error:
        message = f"The adapter could not be checked ({error})."
        return failed_check(run_id, sha256, message, client.engine)
    passed, message = verdict(differences, tokens_agree)
    return EngineCheck(
        run_id=run_id,
        engine=client.engine,
        adapter_sha256=sha256,
        positions=len(positions),
        mean_difference=differences.adapter,
        base_mean_difference=differences.base,
        applied=differences.applied,
        tolerance=TOLERANCE,
        passed=passed,
        message=message,
    )
