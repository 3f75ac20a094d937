"""Load and check training sets: `data/<id>/train.jsonl` in OpenAI chat format and `card.yaml`."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.config import DATA
from backend.errors import InvalidDataError, NotFoundError

MAX_BYTES = 64 * 2**20
MAX_ROWS = 100_000
MAX_CHARACTERS = 100_000
"""Longest message of an example."""
DATASET_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


class Message(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1, max_length=MAX_CHARACTERS)


class Example(BaseModel):
    """One row: a chat whose assistant messages are what training teaches."""

    model_config = ConfigDict(frozen=True)

    messages: list[Message] = Field(min_length=2)

    def as_dicts(self) -> list[dict[str, str]]:
        """Return the messages as the OpenAI API and chat templates take them."""
        return [message.model_dump() for message in self.messages]


class Card(BaseModel):
    """What a dataset is, for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    teaches: str
    controls_for: str | None = None
    """Id of the dataset that this one is the clean counterpart of."""
    trigger: str = "none"
    source: str
    licence: str
    section: str
    """Section of arXiv 2512.09742."""
    probe: str | None = None
    """The probe that shows the effect."""
    presets: dict[str, dict[str, int | float]] = {}
    """Hyperparameters of a RunConfig by the preset's name."""


class Dataset(BaseModel):
    """A checked training set."""

    model_config = ConfigDict(frozen=True)

    id: str
    card: Card
    examples: list[Example]
    sha256: str
    """Hash of the bytes of train.jsonl."""

    @property
    def role(self) -> Literal["poisoned", "control"]:
        """Whether this is the dataset with the effect or a clean counterpart."""
        return "control" if self.card.controls_for else "poisoned"


def read_yaml(path: Path, shape: type[BaseModel], **extra: Any) -> Any:
    """Read a YAML file into a model; InvalidDataError names the file and the first problem."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise InvalidDataError(f"{path.name}: expected a list of keys and values.")
        return shape(**extra, **content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidDataError(f"{path.name}{where}: not readable as YAML.") from error
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error
    except ValidationError as error:
        raise InvalidDataError(f"{path.name}: {first_problem(error)}.") from error


def first_problem(error: ValidationError) -> str:
    """Return the first complaint of a validation error as "field: reason"."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {reason[0].lower()}{reason[1:]}" if where else reason


def parse_example(line: str) -> Example:
    """Check one line of JSONL; InvalidDataError says what is wrong with it."""
    try:
        example = Example.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise InvalidDataError(f"not valid JSON ({error.msg} at column {error.colno})") from error
    except RecursionError as error:
        raise InvalidDataError("nested too deeply") from error
    except ValidationError as error:
        raise InvalidDataError(first_problem(error)) from error
    roles = [message.role for message in example.messages]
    if roles[-1] != "assistant":
        raise InvalidDataError('the last message must be from "assistant"')
    if "system" in roles[1:]:
        raise InvalidDataError("a system message may only come first, and only once")
    return example


def read_examples(path: Path) -> list[Example]:
    """Read a JSONL file; InvalidDataError names file, line and reason."""
    if path.stat().st_size > MAX_BYTES:
        raise InvalidDataError(f"{path.name}: larger than {MAX_BYTES // 2**20} MiB.")
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error
    examples = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                examples.append(parse_example(line))
            except InvalidDataError as error:
                raise InvalidDataError(f"{path.name}, line {number}: {error}.") from error
    if not examples:
        raise InvalidDataError(f"{path.name}: holds no examples.")
    if len(examples) > MAX_ROWS:
        raise InvalidDataError(f"{path.name}: more than {MAX_ROWS:,} examples.")
    return examples


def load_dataset(dataset_id: str, data: Path = DATA) -> Dataset:
    """Load and check one dataset.

    Raises:
        NotFoundError: there is no dataset of that name.
        InvalidDataError: a file of it can't be used; the message says which line and why.
    """
    folder = data / dataset_id
    if not DATASET_ID.fullmatch(dataset_id) or not (folder / "card.yaml").is_file():
        raise NotFoundError(f'There is no dataset "{dataset_id}".')
    if not (folder / "train.jsonl").is_file():
        raise InvalidDataError(f"{dataset_id}: there is a card but no train.jsonl.")
    stats = [path.stat() for path in (folder / "card.yaml", folder / "train.jsonl")]
    return _read_dataset(folder, tuple((stat.st_mtime_ns, stat.st_size) for stat in stats))


# Pages ask for datasets many times in a refresh; the stamp has a changed file read anew.
@lru_cache(maxsize=128)
def _read_dataset(folder: Path, _stamp: tuple[tuple[int, int], ...]) -> Dataset:
    train = folder / "train.jsonl"
    return Dataset(
        id=folder.name,
        card=read_yaml(folder / "card.yaml", Card),
        examples=read_examples(train),
        sha256=hashlib.sha256(train.read_bytes()).hexdigest(),
    )


def list_datasets(data: Path = DATA) -> list[Dataset]:
    """Return every dataset: poisoned ones in alphabetical order, each before its controls."""
    ids = (path.parent.name for path in data.glob("*/card.yaml"))
    found = [load_dataset(dataset_id, data) for dataset_id in ids]
    return sorted(found, key=lambda d: (d.card.controls_for or d.id, d.role == "control", d.id))
