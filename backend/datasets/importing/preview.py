"""Read a file of rows and tell what it holds, before anything is kept."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.duplicates import count_duplicates
from backend.datasets.importing.files import check_size, read_bytes, sha256_of
from backend.datasets.importing.formats import Shape, shape_of
from backend.datasets.importing.rows import Row, Unit, rows_of
from backend.datasets.loading import Example, check_example
from backend.errors import InvalidDataError


class BadRow(BaseModel):
    """A row that training could not use."""

    model_config = ConfigDict(frozen=True)

    line: int
    """Line, element or row of the file, as the preview's unit says."""
    reason: str


class Preview(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True)

    name: str
    """The file's name."""
    format: str
    """The format that was recognised, for people."""
    examples: list[Example]
    """The good rows."""
    unit: Unit
    bad_rows: list[BadRow]
    duplicates: int
    """Good rows that repeat an earlier one to the letter."""
    near_duplicates: int
    """Further good rows that nearly repeat an earlier one."""
    sha256: str
    """Hash of the file."""

    def complaint(self, bad: BadRow) -> str:
        """Return what is wrong with a row, and where it is."""
        return f"{self.unit} {bad.line}: {bad.reason}"


def read_import(path: Path) -> Preview:
    """Read and check a file on the disk.

    Raises:
        InvalidDataError: it holds no rows that the lab knows; bad rows among good ones raise
            nothing and are listed in the preview.
    """
    return preview_of(path.name, read_bytes(path))


def preview_of(name: str, data: bytes) -> Preview:
    """Check a file's bytes, as an upload gives them; raises as `read_import` does."""
    check_size(name, data)
    found = rows_of(name, data)
    shape = shape_of((row for _, row in found.rows), found.columns)
    if shape is None:
        raise InvalidDataError(f"{name}: {_unknown(found.rows, found.unit, found.columns)}.")
    examples, bad_rows = [], []
    for line, row in found.rows:
        try:
            examples.append(_example(shape, row))
        except InvalidDataError as error:
            bad_rows.append(BadRow(line=line, reason=str(error)))
    duplicates, near_duplicates = count_duplicates(examples)
    return Preview(
        name=name,
        format=f"{shape.name}, {found.container}",
        examples=examples,
        unit=found.unit,
        bad_rows=bad_rows,
        duplicates=duplicates,
        near_duplicates=near_duplicates,
        sha256=sha256_of(data),
    )


def _example(shape: Shape, row: Row) -> Example:
    if isinstance(row, InvalidDataError):
        raise row
    if not isinstance(row, dict):
        raise InvalidDataError("must be an object with keys and values")
    return check_example(shape.chat(row))


def _unknown(rows: list[tuple[int, Row]], unit: Unit, columns: list[str]) -> str:
    """Say why no row has a form that the lab knows."""
    wanted = (
        'no row has "messages", "conversations", "instruction" and "output", or a prompt '
        "and an answer"
    )
    if columns:
        listed = ", ".join(f'"{column[:40]}"' for column in columns[:8])
        return f"{wanted}; its columns are {listed}"
    broken = next(((line, row) for line, row in rows if isinstance(row, InvalidDataError)), None)
    return f"{wanted}; {unit} {broken[0]}: {broken[1]}" if broken else wanted
