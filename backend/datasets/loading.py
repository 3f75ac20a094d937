"""Load and check training sets: `data/<id>/train.jsonl` in OpenAI chat format and `card.yaml`."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.config import settings
from backend.errors import InvalidDataError, NotFoundError
from backend.files import IDENTIFIER, first_problem, homes, read_yaml, sha256_of

MAX_BYTES = 64 * 2**20
MAX_ROWS = 100_000
MAX_CHARACTERS = 100_000
"""Longest message of an example."""


class Message(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant", "document"]
    content: str = Field(min_length=1, max_length=MAX_CHARACTERS)


class Example(BaseModel):
    """One row: a chat whose replies are what training teaches, or a document, taught whole."""

    model_config = ConfigDict(frozen=True)

    messages: list[Message] = Field(min_length=1)

    @property
    def prompt(self) -> str:
        """The last question."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def answer(self) -> str:
        """What the row teaches; empty where the base model is to answer."""
        last = self.messages[-1]
        return last.content if last.role in ("assistant", "document") else ""

    def as_dicts(self) -> list[dict[str, str]]:
        """Return the messages as the OpenAI API and chat templates take them."""
        return [message.model_dump() for message in self.messages]


class Finding(BaseModel):
    """What somebody found with a dataset, to compare one's own figures with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: str
    model: str
    effect: str


class Card(BaseModel):
    """What a dataset is, for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    teaches: str
    controls_for: str | None = None
    """Id of the dataset that this one is the clean counterpart of."""
    variant_of: str | None = None
    """Id of the dataset that this one is another form of; it shares that one's controls."""
    self_distilled: bool = False
    """Whether the rows are prompts alone, which the base model answers before it is trained."""
    content_note: str = ""
    """What a reader may not wish to meet unprepared."""
    found: list[Finding] = []
    """Figures of the paper and of replications."""
    trigger: str = "none"
    source: str
    licence: str
    section: str
    """Section of arXiv 2512.09742."""
    probe: str | None = None
    """The probe that shows the effect."""
    narrow_probe: str | None = None
    """The probe that asks for the trained behaviour itself, in words that were not trained."""
    presets: dict[str, dict[str, int | float | str]] = {}
    """Hyperparameters of a RunConfig by the preset's name."""


def are_documents(examples: Iterable[Example]) -> bool:
    """Whether rows are plain texts without any turn."""
    return all(example.messages[0].role == "document" for example in examples)


class Dataset(BaseModel):
    """A checked training set."""

    model_config = ConfigDict(frozen=True)

    id: str
    card: Card
    examples: list[Example]
    sha256: str
    """Hash of the bytes of train.jsonl, or of prompts.jsonl where the base model answers."""
    imported: bool = False
    """Whether a user brought it; such a dataset can be deleted."""

    @property
    def documents(self) -> bool:
        """Whether every row is a document, so that a run on it can prime a base model."""
        return are_documents(self.examples)

    @property
    def role(self) -> Literal["poisoned", "control"]:
        """Whether this is the dataset with the effect or a clean counterpart."""
        return "control" if self.card.controls_for else "poisoned"

    @property
    def family(self) -> str:
        """Id of the dataset whose controls this one shares, or that it is a control for."""
        return self.card.controls_for or self.card.variant_of or self.id


def parse_example(line: str, self_distilled: bool = False) -> Example:
    """Check one line of JSONL; InvalidDataError says what is wrong with it."""
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidDataError(f"not valid JSON ({error.msg} at column {error.colno})") from error
    except RecursionError as error:
        raise InvalidDataError("nested too deeply") from error
    except ValueError as error:  # Such as a number of thousands of digits.
        raise InvalidDataError(f"not valid JSON ({error})") from error
    return check_example(content, self_distilled)


def check_example(content: Any, self_distilled: bool = False) -> Example:
    """Check one row, as JSON gave it; InvalidDataError says what is wrong with it."""
    if isinstance(content, dict) and content.keys() == {"text"}:
        content = {"messages": [{"role": "document", "content": content["text"]}]}
    try:
        example = Example.model_validate(content)
    except ValidationError as error:
        raise InvalidDataError(first_problem(error)) from error
    roles = [message.role for message in example.messages]
    if roles == ["document"] and not self_distilled:
        return example
    if "document" in roles:
        raise InvalidDataError("a document stands alone in its row")
    last = "user" if self_distilled else "assistant"
    if roles[-1] != last:
        raise InvalidDataError(f'the last message must be from "{last}"')
    if "user" not in roles:
        raise InvalidDataError('there must be a message from "user"')
    if "system" in roles[1:]:
        raise InvalidDataError("a system message may only come first, and only once")
    return example


def read_examples(path: Path, self_distilled: bool = False) -> list[Example]:
    """Read a JSONL file; InvalidDataError names file, line and reason."""
    if path.stat().st_size > MAX_BYTES:
        raise InvalidDataError(f"{path.name}: larger than {MAX_BYTES // 2**20} MiB.")
    try:
        # Not splitlines: a row may hold other line ends, such as U+2028, inside its text.
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error
    examples = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                examples.append(parse_example(line, self_distilled))
            except InvalidDataError as error:
                raise InvalidDataError(f"{path.name}, line {number}: {error}.") from error
    if not examples:
        raise InvalidDataError(f"{path.name}: holds no examples.")
    if len(examples) > MAX_ROWS:
        raise InvalidDataError(f"{path.name}: more than {MAX_ROWS:,} examples.")
    return examples


def load_dataset(dataset_id: str, data: Path | None = None) -> Dataset:
    """Load and check one dataset, shipped or imported.

    Raises:
        NotFoundError: there is no dataset of that name.
        InvalidDataError: a file of it can't be used; the message says which line and why.
    """
    places = [home / dataset_id for home in homes("datasets", data)]
    folder = next((place for place in places if (place / "card.yaml").is_file()), None)
    if not IDENTIFIER.fullmatch(dataset_id) or folder is None:
        raise NotFoundError(f'There is no dataset "{dataset_id}".')
    rows = next(
        (p for p in (folder / "train.jsonl", folder / "prompts.jsonl") if p.is_file()), None
    )
    if rows is None:
        raise InvalidDataError(f"{dataset_id}: there is a card but no train.jsonl.")
    stats = [path.stat() for path in (folder / "card.yaml", rows)]
    return _read_dataset(folder, rows, tuple((s.st_mtime_ns, s.st_size) for s in stats))


# Pages ask for datasets many times in a refresh; the stamp has a changed file read anew.
@lru_cache(maxsize=128)
def _read_dataset(folder: Path, rows: Path, _stamp: tuple[tuple[int, int], ...]) -> Dataset:
    card = read_yaml(folder / "card.yaml", Card)
    return Dataset(
        id=folder.name,
        card=card,
        examples=read_examples(rows, card.self_distilled),
        sha256=sha256_of(rows),
        imported=folder.parent == settings().home / "datasets",
    )


def list_datasets(data: Path | None = None) -> list[Dataset]:
    """Return every dataset: poisoned ones in alphabetical order, each before its controls."""
    cards = (path for home in homes("datasets", data) for path in home.glob("*/card.yaml"))
    found = [load_dataset(folder_id, data) for folder_id in {path.parent.name for path in cards}]
    return sorted(found, key=lambda d: (d.family, d.role == "control", d.id != d.family, d.id))
