"""The rows of a file with their numbers, before anything is known of their columns."""

from collections import Counter
from typing import Any, Literal, NamedTuple

from backend.datasets.loading import MAX_ROWS
from backend.errors import InvalidDataError

Unit = Literal["line", "element", "row"]
Row = Any
"""The contents of a row, of any type, or the InvalidDataError of a row that can't be read."""


class Rows(NamedTuple):
    """The rows of a file."""

    container: str
    """The kind of file: JSONL, JSON, CSV, Parquet or Arrow."""
    unit: Unit
    """What the numbers count."""
    rows: list[tuple[int, Row]]
    """Rows with their numbers."""
    columns: list[str]
    """Names of the columns; empty for JSON."""
    outside: tuple[str, ...] = ()
    """Names of what a JSON object holds beside the list of rows."""


def check_count(name: str, rows: int) -> None:
    """Raise InvalidDataError if a file has too many rows."""
    if rows > MAX_ROWS:
        raise InvalidDataError(f"{name}: more than {MAX_ROWS:,} rows.")


def check_columns(name: str, columns: list[str], line: int | None = None) -> None:
    """Raise InvalidDataError if two columns have one name, or none has any."""
    if not any(columns):
        raise InvalidDataError(f"{name}: no column has a name.")
    where = f"{name}, line {line}" if line else name
    ((twice, times),) = Counter(filter(None, columns)).most_common(1)
    if times > 1:
        raise InvalidDataError(f'{where}: the column "{twice[:40]}" appears twice.')
