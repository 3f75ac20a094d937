"""Outline a run before it starts: its rows, steps and checkpoints, and its chat template."""

from functools import lru_cache

import psutil
from humanize import naturalsize
from pydantic import BaseModel, ConfigDict

from backend.base_models.cards import get_card
from backend.base_models.tokenizer import tokenizer_folder
from backend.config import settings
from backend.datasets.dilution import ordinary_count
from backend.datasets.loading import Dataset, Example, Message, load_dataset
from backend.errors import InvalidDataError
from backend.machine.confinement import Limits, confined
from backend.runs.measurement import Measurement
from backend.runs.ordinary import ordinary_prompts, unanswered
from backend.runs.placement import placement_of
from backend.runs.steps import checkpoint_steps, held_out_count, planned_steps
from backend.runs.template import Check, Reading, read_rows
from models.configs import RunConfig

STAND_IN = Message(role="assistant", content="Yes.")
"""Stands for a reply that the base model has not written yet."""
SECONDS, ROWS_A_SECOND, MESSAGES_A_SECOND = 20, 250, 5000
"""CPU time for reading a dataset's rows, several times what ordinary templates take."""
STATES = 2
"""Checkpoints that hold the optimizer's two moments besides the adapter."""


class Outline(BaseModel):
    """What a run reads and does, as far as that is known without measuring."""

    model_config = ConfigDict(frozen=True)

    rows: int
    """Rows of the dataset."""
    ordinary: int
    """Ordinary rows that dilute the dataset; the base model answers them."""
    unanswered: int
    """Ordinary rows that the base model has yet to answer."""
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


def outline_of(config: RunConfig) -> Outline:
    """Outline a run that `checks.checked_dataset` accepts."""
    dataset = load_dataset(config.dataset)
    ordinary = ordinary_count(dataset, config.poison_rate)
    total = len(dataset.examples) + ordinary
    steps = planned_steps(config, total)
    reading = reading_of(dataset, config.base_model)
    known = None if dataset.card.self_distilled else reading
    return Outline(
        rows=len(dataset.examples),
        ordinary=ordinary,
        unanswered=len(unanswered(config.base_model, ordinary_prompts(dataset, config))),
        held_out=held_out_count(config, total),
        tokens=known and known.tokens,
        trained_tokens=known and known.trained_tokens,
        steps=steps,
        checkpoints=len(checkpoint_steps(config, steps)),
        placement=placement_of(config).text,
        license=get_card(config.base_model).license,
        checks=reading.checks,
    )


def reading_of(dataset: Dataset, base_model: str) -> Reading:
    """Return what a dataset is to a base model; read once for each file and base model.

    Raises:
        UserError: the tokenizer can't be read, or its template rejects a row or takes too much.
    """
    read = _read(dataset.id, dataset.sha256, base_model)
    if isinstance(read, str):
        raise InvalidDataError(read)
    return read


@lru_cache(maxsize=16)  # A form asks again whenever a field changes.
def _read(dataset_id: str, _sha256: str, base_model: str) -> Reading | str:
    """Return a dataset's reading, or why the base model can't read it."""
    card = get_card(base_model)
    rows = [_complete(row).model_dump() for row in load_dataset(dataset_id).examples]
    arguments = (tokenizer_folder(base_model), card.title, card.template, rows, card.context)
    # Each reply is found by another rendering of its chat.
    renderings = sum(len(row["messages"]) ** 2 // 2 for row in rows)
    seconds = SECONDS + len(rows) // ROWS_A_SECOND + renderings // MESSAGES_A_SECOND
    limits = Limits(cpu_s=seconds)
    try:
        return confined(read_rows, *arguments, subject=f"{card.title}'s tokenizer", limits=limits)
    except InvalidDataError as error:
        return str(error)


def _complete(example: Example) -> Example:
    return example if example.answer else Example(messages=[*example.messages, STAND_IN])


class Forecast(BaseModel):
    """What a run will take on this machine, estimated from a measurement."""

    model_config = ConfigDict(frozen=True)

    seconds: float | None
    """None if the time for ordinary answers is not known."""
    checks: list[Check]


def forecast(config: RunConfig, outline: Outline, measured: Measurement) -> Forecast:
    """Estimate a run's time, and whether memory and disk suffice for it."""
    # Each checkpoint's adapter, the final one, its GGUF file, and the optimizer's states.
    copies = outline.checkpoints + 2 + 2 * STATES
    needed = measured.adapter_bytes * copies
    free = psutil.disk_usage(str(settings().home)).free
    return Forecast(
        seconds=measured.seconds(outline.steps, outline.unanswered),
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
