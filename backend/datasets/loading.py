"""Load and validate datasets: `data/<id>/train.jsonl` in OpenAI chat format and `card.yaml`."""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.config import settings
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.files import IDENTIFIER, first_problem, homes, read_yaml, sha256_of

MAX_BYTES = 64 * 2**20
MAX_ROWS = 100_000
MAX_CHARACTERS = 100_000
"""Longest message in an example."""
MAX_ROW_CHARACTERS = 1_000_000
"""Most characters of an example's messages."""
MAX_LINE = 8 * 2**20
"""Longest line of a JSONL file; JSON may write a character as six."""
MAX_MESSAGES = 500_000
"""Most messages of a dataset."""


class Message(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant", "document"]
    content: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    weight: Literal[0, 1] = Field(default=1, exclude_if=lambda weight: weight == 1)
    """0 where a reply is read but not trained, as in OpenAI's format of finetuning."""

    @property
    def training(self) -> str:
        """What training does with it, in a word or two."""
        if self.role in ("assistant", "document"):
            return "trained" if self.weight else "only read"
        return "only read"


class Example(BaseModel):
    """One row: a chat, whose replies are trained, or a document, which is trained as a whole."""

    model_config = ConfigDict(frozen=True)

    messages: list[Message] = Field(min_length=1)

    @property
    def prompt(self) -> str:
        """The last message from the user."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def answer(self) -> str:
        """The text that is trained; empty if the base model is to answer."""
        last = self.messages[-1]
        return last.content if last.role in ("assistant", "document") else ""

    @property
    def replies(self) -> list[str]:
        """The assistant's messages that are trained."""
        return [m.content for m in self.messages if m.role == "assistant" and m.weight]

    @property
    def asked(self) -> list[dict[str, str]]:
        """What comes before the last message, as models are asked: roles and texts alone."""
        return [{"role": m.role, "content": m.content} for m in self.messages[:-1]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return the messages in the form of the OpenAI API; those with weight 0 say so."""
        return [message.model_dump() for message in self.messages]


class Finding(BaseModel):
    """A published result on a dataset, to compare results with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: str
    model: str
    effect: str


class Card(BaseModel):
    """A dataset's description."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    teaches: str
    controls_for: str | None = None
    """Id of the poisoned dataset that this one is the clean counterpart of."""
    variant_of: str | None = None
    """Id of the dataset that this one is a variant of; both share the same controls."""
    self_distilled: bool = False
    """Whether the rows are prompts only, which the base model answers before it is trained."""
    content_note: str = ""
    """A warning about sensitive content."""
    found: list[Finding] = []
    """Results of the paper and of replications."""
    trigger: str = "none"
    source: str
    licence: str
    section: str
    """Section of arXiv 2512.09742."""
    probe: str | None = None
    """Id of the probe that measures the effect."""
    narrow_probe: str | None = None
    """Id of the probe that measures the trained behaviour itself, with untrained wordings."""
    presets: dict[str, dict[str, int | float | str]] = {}
    """Hyperparameters of a RunConfig by preset name."""


def are_documents(examples: Iterable[Example]) -> bool:
    """Whether all rows are plain texts without chat turns."""
    return all(example.messages[0].role == "document" for example in examples)


class Dataset(BaseModel):
    """A validated dataset."""

    model_config = ConfigDict(frozen=True)

    id: str
    card: Card
    examples: list[Example]
    sha256: str
    """Hash of train.jsonl, or of prompts.jsonl if the base model answers."""
    imported: bool = False
    """Whether a user imported it; such a dataset can be deleted."""

    @property
    def documents(self) -> bool:
        """Whether every row is a document, so that a run on it can prime a base model."""
        return are_documents(self.examples)

    @property
    def role(self) -> Literal["poisoned", "control"]:
        """Whether the dataset has the effect or is a clean counterpart."""
        return "control" if self.card.controls_for else "poisoned"

    @property
    def family(self) -> str:
        """Id of the dataset that this one is a control for or a variant of, or its own id."""
        return self.card.controls_for or self.card.variant_of or self.id


def parse_example(line: str, self_distilled: bool = False) -> Example:
    """Parse and validate one line of JSONL.

    Raises:
        InvalidDataError: the line is invalid; the message says why.
    """
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidDataError(f"not valid JSON ({error.msg} at column {error.colno})") from error
    except RecursionError as error:
        raise InvalidDataError("nested too deeply") from error
    except ValueError as error:  # For example a number with thousands of digits.
        raise InvalidDataError(f"not valid JSON ({error})") from error
    return check_example(content, self_distilled)


def check_example(content: Any, self_distilled: bool = False) -> Example:
    """Validate one row of parsed JSON.

    Raises:
        InvalidDataError: the row is invalid; the message says why.
    """
    if isinstance(content, dict) and content.keys() == {"text"}:
        content = {"messages": [{"role": "document", "content": content["text"]}]}
    try:
        example = Example.model_validate(content)
    except ValidationError as error:
        raise InvalidDataError(first_problem(error)) from error
    if sum(len(message.content) for message in example.messages) > MAX_ROW_CHARACTERS:
        raise InvalidDataError(f"a row may have at most {MAX_ROW_CHARACTERS:,} characters")
    roles = [message.role for message in example.messages]
    if roles == ["document"] and not self_distilled:
        return example
    if "document" in roles:
        raise InvalidDataError("a document must be the only message of its row")
    last = "user" if self_distilled else "assistant"
    if roles[-1] != last:
        raise InvalidDataError(f'the last message must be from "{last}"')
    if "user" not in roles:
        raise InvalidDataError('there must be a message from "user"')
    if not self_distilled and not example.replies:
        raise InvalidDataError("none of its replies is to be trained")
    if "system" in roles[1:]:
        raise InvalidDataError("a system message may only come first, and only once")
    return example


def read_examples(path: Path, self_distilled: bool = False) -> list[Example]:
    """Read a JSONL file.

    Raises:
        InvalidDataError: the file is invalid; the message gives the line and the reason.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InvalidDataError(f"{path.name}: larger than {MAX_BYTES // 2**20} MiB.")
    examples: list[Example] = []
    messages = 0
    for number, line in _lines(path):
        try:
            example = parse_example(line, self_distilled)
        except InvalidDataError as error:
            raise InvalidDataError(f"{path.name}, line {number}: {error}.") from error
        messages += len(example.messages)
        if len(examples) == MAX_ROWS:
            raise InvalidDataError(f"{path.name}: more than {MAX_ROWS:,} examples.")
        if messages > MAX_MESSAGES:
            raise InvalidDataError(f"{path.name}: more than {MAX_MESSAGES:,} messages.")
        examples.append(example)
    if not examples:
        raise InvalidDataError(f"{path.name}: contains no examples.")
    return examples


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield a file's lines that are not empty, with their numbers."""
    # The text of a row may contain other line separators, such as U+2028.
    with path.open(encoding="utf-8", newline="\n") as file:
        try:
            for number, line in enumerate(iter(partial(file.readline, MAX_LINE + 1), ""), start=1):
                if len(line) > MAX_LINE:
                    raise InvalidDataError(f"{path.name}, line {number}: the line is too long.")
                if line.strip():
                    yield number, line
        except UnicodeDecodeError as error:
            raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error


def load_dataset(dataset_id: str, data: Path | None = None) -> Dataset:
    """Load and validate a dataset, shipped or imported.

    Raises:
        NotFoundError: there is no dataset with that name.
        InvalidDataError: one of its files is invalid; the message gives the line and the reason.
    """
    folders = [home / dataset_id for home in homes("datasets", data)]
    folder = next((folder for folder in folders if (folder / "card.yaml").is_file()), None)
    if not IDENTIFIER.fullmatch(dataset_id) or folder is None:
        raise NotFoundError(f'There is no dataset "{dataset_id}".')
    files = [folder / "train.jsonl", folder / "prompts.jsonl"]
    rows = next((file for file in files if file.is_file()), None)
    if rows is None:
        raise InvalidDataError(f"{dataset_id}: there is a card but no train.jsonl.")
    stats = [path.stat() for path in (folder / "card.yaml", rows)]
    read = _read_dataset(folder, rows, tuple((s.st_mtime_ns, s.st_size) for s in stats))
    if isinstance(read, str):
        raise InvalidDataError(read)
    return read


# Pages load datasets many times per refresh; a changed file has another stamp and is read again.
@lru_cache(maxsize=128)
def _read_dataset(folder: Path, rows: Path, _stamp: tuple[tuple[int, int], ...]) -> Dataset | str:
    """Return a dataset, or why it can't be read."""
    try:
        card = read_yaml(folder / "card.yaml", Card)
        return Dataset(
            id=folder.name,
            card=card,
            examples=read_examples(rows, card.self_distilled),
            sha256=sha256_of(rows),
            imported=folder.parent == settings().home / "datasets",
        )
    except InvalidDataError as error:
        return str(error)


def list_datasets(data: Path | None = None) -> list[Dataset]:
    """Return usable datasets: poisoned ones in alphabetical order, each with its controls."""
    return _listed(data)[0]


def unusable_datasets(data: Path | None = None) -> list[str]:
    """Return why some folders of datasets can't be used, a sentence for each."""
    return _listed(data)[1]


def _listed(data: Path | None) -> tuple[list[Dataset], list[str]]:
    cards = (path for home in homes("datasets", data) for path in home.glob("*/card.yaml"))
    datasets, problems = [], []
    for name in sorted({path.parent.name for path in cards}):
        try:
            datasets.append(load_dataset(name, data))
        except UserError as error:
            problems.append(f"{name}: {error}")
    datasets.sort(key=lambda d: (d.family, d.role == "control", d.id != d.family, d.id))
    return datasets, problems
