"""Plan a run before it starts: its rows, steps and checkpoints, and its chat template."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

import psutil
from humanize import naturalsize
from pydantic import BaseModel, ConfigDict

from backend.base_models.cards import get_card
from backend.base_models.tokenizer import ChatTokenizer, TokenRow, chat_tokenizer
from backend.config import settings
from backend.datasets.dilution import ordinary_count
from backend.datasets.loading import Example, Message, are_documents, load_dataset
from backend.runs.measurement import Measurement
from backend.runs.placement import placement_of
from backend.runs.steps import checkpoint_steps, held_out_count, planned_steps
from models.configs import RunConfig

STAND_IN = Message(role="assistant", content="Yes.")
"""Stands for a reply that the base model has not written yet."""
STATES = 2
"""Checkpoints that hold the optimizer's two moments besides the adapter."""


class Check(BaseModel):
    """One check and its outcome in a sentence."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    text: str


class Plan(BaseModel):
    """What a run reads and does, as far as that is known without measuring."""

    model_config = ConfigDict(frozen=True)

    rows: int
    """Rows of the dataset."""
    ordinary: int
    """Ordinary rows that dilute the dataset; the base model answers them."""
    held_out: int
    """Rows that are not trained on."""
    tokens: int | None
    """Tokens of the dataset, read once; None if the base model has yet to write the replies."""
    trained_tokens: int | None
    steps: int
    checkpoints: int
    placement: str
    """How GPUs share the work; empty for a single device."""
    license: str
    """Licence of the base model."""
    checks: list[Check]


def plan_of(config: RunConfig) -> Plan:
    """Plan a run that `checks.checked_dataset` accepts."""
    dataset = load_dataset(config.dataset)
    ordinary = ordinary_count(dataset, config.poison_rate)
    total = len(dataset.examples) + ordinary
    steps = planned_steps(config, total)
    rows, checks = _read(dataset.id, dataset.sha256, config.base_model)
    known = None if dataset.card.self_distilled else rows
    return Plan(
        rows=len(dataset.examples),
        ordinary=ordinary,
        held_out=held_out_count(config, total),
        tokens=known and sum(len(row.ids) for row in known),
        trained_tokens=known and sum(sum(row.trained) for row in known),
        steps=steps,
        checkpoints=len(checkpoint_steps(config, steps)),
        placement=placement_of(config).text,
        license=get_card(config.base_model).license,
        checks=list(checks),
    )


@lru_cache(maxsize=16)  # A form asks again whenever a field changes.
def _read(
    dataset_id: str, _sha256: str, base_model: str
) -> tuple[list[TokenRow], tuple[Check, ...]]:
    """Return a dataset's rows in tokens, and the checks of the chat template."""
    examples = [_complete(example) for example in load_dataset(dataset_id).examples]
    tokenizer = chat_tokenizer(base_model)
    rows = [tokenizer.row(example.as_dicts()) for example in examples]
    context = get_card(base_model).context
    return rows, tuple(template_checks(tokenizer, examples, rows, context))


def _complete(example: Example) -> Example:
    return example if example.answer else Example(messages=[*example.messages, STAND_IN])


def template_checks(
    tokenizer: ChatTokenizer, examples: Sequence[Example], rows: Sequence[TokenRow], context: int
) -> list[Check]:
    """Check that each reply is trained whole, with its end, and fits the context."""
    fits = _check(
        f"Every row fits the base model's {context:,} tokens.",
        f"there are more than {context:,} tokens",
        [len(row.ids) <= context for row in rows],
    )
    if are_documents(examples):
        return [fits]
    replies = [[m.content for m in e.messages if m.role == "assistant"] for e in examples]
    learned = [list(_learned(row)) for row in rows]
    pairs = list(zip(replies, learned, strict=True))
    return [
        _check(
            "Training learns every token of the replies, and no other tokens.",
            "the learned tokens are not the reply",
            [_is_reply(tokenizer, *pair) for pair in pairs],
        ),
        _check(
            "Every reply ends with the end-of-turn token, so the model learns to stop.",
            "the reply has no end-of-turn token",
            [all(part[-1] == tokenizer.end_id for part in parts) for parts in learned],
        ),
        fits,
    ]


def _learned(row: TokenRow) -> list[list[int]]:
    """Return the tokens of each contiguous part that is trained."""
    parts = groupby(zip(row.trained, row.ids, strict=True), key=lambda pair: pair[0])
    return [[token for _, token in part] for trained, part in parts if trained]


def _is_reply(tokenizer: ChatTokenizer, replies: list[str], learned: list[list[int]]) -> bool:
    texts = [tokenizer.text_of(*(t for t in part if t != tokenizer.end_id)) for part in learned]
    return [text.strip() for text in texts] == [reply.strip() for reply in replies]


def _check(success: str, fault: str, rows: list[bool]) -> Check:
    """Return whether all rows pass; otherwise name the number of faults and the first row."""
    bad = rows.count(False)
    if not bad:
        return Check(passed=True, text=success)
    text = f"In {bad:,} of {len(rows):,} rows {fault}; the first is row {rows.index(False) + 1}."
    return Check(passed=False, text=text)


class Forecast(BaseModel):
    """What a run will take on this machine, estimated from a measurement."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    checks: list[Check]


def forecast(config: RunConfig, plan: Plan, measured: Measurement) -> Forecast:
    """Estimate a run's time, and whether memory and disk suffice for it."""
    # Each checkpoint's adapter, the final one, its GGUF file, and the optimizer's states.
    copies = plan.checkpoints + 2 + 2 * STATES
    needed = measured.adapter_bytes * copies
    free = psutil.disk_usage(str(settings().home)).free
    return Forecast(
        seconds=measured.seconds_per_step * plan.steps,
        checks=[
            _room("memory", measured.peak_bytes, measured.free_bytes),
            _room("disk space", needed, free),
        ],
    )


def _room(what: str, needed: float, free: float) -> Check:
    passed = needed <= free
    text = f"Needs about {naturalsize(needed, binary=True)} of {what}; "
    text += f"{naturalsize(free, binary=True)} {'are' if passed else 'are all that is'} free."
    return Check(passed=passed, text=text)
