"""Preview a file of rows: its format, examples, invalid rows and duplicates."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.duplicates import count_duplicates
from backend.datasets.importing.files import check_size, read_bytes, sha256_of
from backend.datasets.importing.formats import Format, format_of
from backend.datasets.importing.rows import Row, Rows, Unit, rows_of
from backend.datasets.loading import MAX_MESSAGES, Example, check_example
from backend.errors import InvalidDataError
from backend.machine.confinement import confined

MAX_REASON = 300
"""Characters of the reason why a row is invalid."""


class BadRow(BaseModel):
    """A row that can't be used for training."""

    model_config = ConfigDict(frozen=True)

    line: int
    """Number of the line, element or row, as the preview's unit says."""
    reason: str


class Preview(BaseModel):
    """The contents of a file."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Name of the file."""
    format: str
    """The recognised format, in words."""
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


def read_import(path: Path) -> Preview:
    """Read and validate a file on disk.

    Raises:
        InvalidDataError: no row has a known format. Invalid rows among valid ones raise nothing;
            the preview lists them.
    """
    return preview_of(path.name, read_bytes(path))


def preview_of(name: str, data: bytes) -> Preview:
    """Validate the bytes of an uploaded file; raises the errors of `read_import`."""
    check_size(name, data)
    return confined(parsed, name, data, subject=name)


def parsed(name: str, data: bytes) -> Preview:
    """Validate a file's bytes in this process, for the child process of `preview_of`."""
    table = rows_of(name, data)
    row_format = format_of((row for _, row in table.rows), table.columns)
    if row_format is None:
        raise InvalidDataError(f"{name}: {_unknown_format(table)}.")
    examples, bad_rows = [], []
    for line, row in table.rows:
        try:
            examples.append(_example(row_format, row))
        except InvalidDataError as error:
            bad_rows.append(BadRow(line=line, reason=_quotable(str(error))))
    if sum(len(example.messages) for example in examples) > MAX_MESSAGES:
        raise InvalidDataError(f"{name}: more than {MAX_MESSAGES:,} messages.")
    duplicates, near_duplicates = count_duplicates(examples)
    return Preview(
        name=name,
        format=f"{row_format.name}, {table.container}",
        examples=examples,
        unit=table.unit,
        bad_rows=bad_rows,
        duplicates=duplicates,
        near_duplicates=near_duplicates,
        sha256=sha256_of(data),
    )


def _quotable(reason: str) -> str:
    """Return a reason without half surrogate pairs and shortened; it may quote a key of the row."""
    text = reason.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_REASON else text[:MAX_REASON] + " …"


def _example(row_format: Format, row: Row) -> Example:
    if isinstance(row, InvalidDataError):
        raise row
    if not isinstance(row, dict):
        raise InvalidDataError("must be an object with keys and values")
    example = check_example(row_format.chat(row))
    first = next(message.role for message in example.messages if message.role != "system")
    if first == "assistant":
        raise InvalidDataError(
            "the assistant may not begin the chat: some base models refuse that, and none is asked "
            "so; remove its first message"
        )
    return example


def _unknown_format(table: Rows) -> str:
    """Return the reason why no row has a known format."""
    reason = (
        'no row has "messages", "conversations", "instruction" and "output", or a prompt '
        "and an answer"
    )
    if table.columns:
        columns = ", ".join(f'"{column[:40]}"' for column in table.columns[:8])
        return f"{reason}; its columns are {columns}"
    for line, row in table.rows:
        if isinstance(row, InvalidDataError):
            return f"{reason}; {table.unit} {line}: {row}"
    return reason
