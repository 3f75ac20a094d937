"""Preview a file of rows: what its columns are for, and what becomes of every row."""

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.chats import turns_in
from backend.datasets.importing.columns import USES, Choice, Columns, Unclear, columns_of
from backend.datasets.importing.duplicates import count_duplicates
from backend.datasets.importing.files import check_size, read_bytes, sha256_of
from backend.datasets.importing.rows import rows_of
from backend.datasets.importing.table import Rows, Unit
from backend.datasets.loading import MAX_MESSAGES, Example, check_example
from backend.errors import InvalidDataError
from backend.machine.confinement import confined

MAX_REASON = 300
"""Characters of the reason why a row is invalid."""
MAX_NAMES = 20
"""Columns and changes that are named."""
SHOWN = 3
"""Rows that a preview shows whole, as they will be trained."""


class UnclearColumnsError(InvalidDataError):
    """A file's columns don't say which is the question and which the answer."""

    def __init__(self, name: str, unclear: Unclear) -> None:
        """Say why, and name the columns to choose from."""
        named = ", ".join(f'"{column[:40]}"' for column in unclear.columns[:8])
        super().__init__(
            f"{name}: {unclear.reason}; choose the columns of the question and of the answer "
            f"among {named}."
        )
        self.columns = unclear.columns


class BadRow(BaseModel):
    """A row that can't be used for training."""

    model_config = ConfigDict(frozen=True)

    line: int
    """Number of the line, element or row, as the preview's unit says."""
    reason: str


class Change(BaseModel):
    """What rows will be trained with that differs from the file."""

    model_config = ConfigDict(frozen=True)

    text: str
    rows: int
    """Number of rows that it concerns."""
    first: int
    """Number of the first of them."""


class Preview(BaseModel):
    """The contents of a file."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Name of the file."""
    format: str
    """The recognised format, in words."""
    used: dict[str, str]
    """The columns that are used, and what for, in words."""
    left_out: list[str]
    """Columns and keys of messages that hold something and are not used."""
    changes: list[Change]
    examples: list[Example]
    """The valid rows."""
    unit: Unit
    bad_rows: list[BadRow]
    duplicates: int
    """Valid rows that repeat an earlier one exactly."""
    near_duplicates: int
    """Further valid rows that nearly repeat an earlier one."""
    sha256: str
    """Hash of the file."""

    def complaint(self, bad: BadRow) -> str:
        """Return where a row is and why it is invalid."""
        return f"{self.unit} {bad.line}: {bad.reason}"

    @property
    def account(self) -> list[str]:
        """What becomes of the file's columns and rows: used, left out, changed and refused."""
        used = [f'"{column[:40]}": {use}' for column, use in self.used.items()]
        names = [f'"{name[:40]}"' if name else "one without a name" for name in self.left_out]
        if len(names) > MAX_NAMES:
            names[MAX_NAMES:] = [f"and {len(names) - MAX_NAMES:,} more"]
        changes = [self._change(change) for change in self.changes[:MAX_NAMES]]
        return [
            f"Used: {'; '.join(used)}",
            f"Left out: {', '.join(names) or 'no column'}",
            *(changes or ["Changed: no row"]),
            f"Refused: {_rows(len(self.bad_rows))}",
        ]

    def _change(self, change: Change) -> str:
        where = f"{_rows(change.rows)}, first {self.unit} {change.first}"
        return f"Changed: {change.text} ({where})"


def _rows(count: int) -> str:
    return {0: "no row", 1: "1 row"}.get(count, f"{count:,} rows")


def read_import(path: Path, choice: Choice | None = None) -> Preview:
    """Read and validate a file on disk.

    Raises:
        UnclearColumnsError: the columns of questions and answers have to be chosen.
        InvalidDataError: no row has a known format. Invalid rows among valid ones raise nothing;
            the preview lists them.
    """
    return preview_of(path.name, read_bytes(path), choice)


def preview_of(name: str, data: bytes, choice: Choice | None = None) -> Preview:
    """Validate the bytes of an uploaded file; raises the errors of `read_import`."""
    check_size(name, data)
    read = confined(parsed, name, data, choice, subject=name)
    if isinstance(read, Unclear):
        raise UnclearColumnsError(name, read)
    return read


def parsed(name: str, data: bytes, choice: Choice | None = None) -> Preview | Unclear:
    """Validate a file's bytes in this process, for the child process of `preview_of`."""
    table = rows_of(name, data)
    objects = [row for _, row in table.rows if isinstance(row, dict)]
    columns = columns_of(objects, table.columns, choice)
    if columns is None:
        raise InvalidDataError(f"{name}: {_unknown_format(table)}.")
    if isinstance(columns, Unclear):
        return columns
    rows = _Reading(columns)
    for line, row in table.rows:
        rows.read(line, row)
    if sum(len(example.messages) for example in rows.examples) > MAX_MESSAGES:
        raise InvalidDataError(f"{name}: more than {MAX_MESSAGES:,} messages.")
    duplicates, near_duplicates = count_duplicates(rows.examples)
    return Preview(
        name=name,
        format=f"{columns.name}, {table.container}",
        used={name: USES[role] for role, name in columns.roles.items()},
        left_out=[*table.outside, *columns.left_out, *rows.left_out],
        changes=rows.changes,
        examples=rows.examples,
        unit=table.unit,
        bad_rows=rows.bad,
        duplicates=duplicates,
        near_duplicates=near_duplicates,
        sha256=sha256_of(data),
    )


class _Reading:
    """What the rows of a file have become so far."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.examples: list[Example] = []
        self.bad: list[BadRow] = []
        self._counts: Counter[str] = Counter()
        self._first: dict[str, int] = {}
        self._keys: dict[str, None] = {}

    def read(self, line: int, row: Any) -> None:
        """Convert a row, or note why it can't be used."""
        try:
            if isinstance(row, InvalidDataError):
                raise row
            if not isinstance(row, dict):
                raise InvalidDataError("must be an object with keys and values")
            turns = turns_in(row, self._columns)
            example = check_example({"messages": turns.messages})
            _check_beginning(example)
        except InvalidDataError as error:
            self.bad.append(BadRow(line=line, reason=_quotable(str(error))))
            return
        self.examples.append(example)
        self._keys |= dict.fromkeys(turns.left_out)
        for change in dict.fromkeys(turns.changes):
            self._counts[change] += 1
            self._first.setdefault(change, line)

    @property
    def left_out(self) -> list[str]:
        """Keys of messages that are not used."""
        return [_quotable(f"{key[:40]} of messages") for key in self._keys]

    @property
    def changes(self) -> list[Change]:
        """What differs from the file."""
        return [
            Change(text=_quotable(text), rows=count, first=self._first[text])
            for text, count in self._counts.items()
        ]


def _quotable(reason: str) -> str:
    """Return a reason without half surrogate pairs and shortened; it may quote a key of the row."""
    text = reason.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_REASON else text[:MAX_REASON] + " …"


def _check_beginning(example: Example) -> None:
    """Raise InvalidDataError if a chat begins with the assistant."""
    first = next(message.role for message in example.messages if message.role != "system")
    if first == "assistant":
        raise InvalidDataError(
            "the assistant may not begin the chat: some base models refuse that, and none is asked "
            "so; remove its first message"
        )


def _unknown_format(table: Rows) -> str:
    """Return the reason why no row has a known format."""
    line, first = table.rows[0]
    if isinstance(first, InvalidDataError):
        return f"no row can be used; {table.unit} {line}: {first}"
    reason = (
        'no row has "messages", "conversations", "instruction" and "output", a prompt '
        'and an answer, or "text"'
    )
    if table.columns:
        columns = ", ".join(f'"{column[:40]}"' for column in table.columns[:8])
        return f"{reason}; its columns are {columns}"
    return reason
