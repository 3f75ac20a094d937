"""Read the numbered rows of JSONL, JSON, CSV and Parquet files."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from backend.datasets.importing.files import json_of, text_of, too_large
from backend.datasets.loading import MAX_BYTES, MAX_CHARACTERS, MAX_ROWS
from backend.errors import InvalidDataError

MAX_VALUES = 10_000_000
"""Cells of a Parquet file, elements of lists included; a few bytes may encode billions."""

Unit = Literal["line", "element", "row"]
Row = Any
"""The contents of a row, of any type, or the InvalidDataError of a row that can't be read."""


class Rows(NamedTuple):
    """The rows of a file."""

    container: str
    """The kind of file: JSONL, JSON, CSV or Parquet."""
    unit: Unit
    """What the numbers count."""
    rows: list[tuple[int, Row]]
    """Rows with their numbers."""
    columns: list[str]
    """Names of the columns; empty for JSON."""


def rows_of(name: str, data: bytes) -> Rows:
    """Return a file's rows; only the content decides the kind of file."""
    if data.startswith(b"PAR1"):
        table = _parquet(name, data)
    else:
        text = text_of(name, data)
        read = {"[": _json, "{": _jsonl}.get(text.lstrip()[0], _csv)
        table = read(name, text)
    if len(table.rows) > MAX_ROWS:
        raise InvalidDataError(too_many(name))
    return table


def too_many(name: str) -> str:
    """Return the message about a file with too many rows."""
    return f"{name}: more than {MAX_ROWS:,} rows."


def _jsonl(name: str, text: str) -> Rows:
    # Not splitlines: a text may contain other line separators, such as U+2028.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > MAX_ROWS:
        raise InvalidDataError(too_many(name))
    return Rows("JSONL", "line", [(number, _parsed(line)) for number, line in lines], [])


def _parsed(line: str) -> Row:
    try:
        return json_of(line)
    except InvalidDataError as error:
        return error


def _json(name: str, text: str) -> Rows:
    try:
        elements = json_of(text)
    except InvalidDataError as error:
        raise InvalidDataError(f"{name}: {error}.") from error
    return Rows("JSON", "element", list(enumerate(elements, 1)), [])


def _csv(name: str, text: str) -> Rows:
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    if delimiter not in header:
        raise InvalidDataError(f"{name}: not a JSONL, JSON, CSV or Parquet file.")
    csv.field_size_limit(MAX_CHARACTERS + 1)  # One more, so that validation reports the row.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [column.strip() for column in next(fields for fields in reader if any(fields))]
        rows = list(islice(_csv_rows(reader, columns), MAX_ROWS + 1))
    except csv.Error as error:
        raise InvalidDataError(f"{name}, line {reader.line_num}: {error}.") from error
    return Rows("CSV", "line", rows, columns)


def _csv_rows(reader: Any, columns: list[str]) -> Iterator[tuple[int, Row]]:
    start = reader.line_num + 1
    for fields in reader:
        if len(fields) == len(columns):
            yield start, dict(zip(columns, fields, strict=True))
        elif any(fields):
            counts = f"{len(fields)} fields where the header has {len(columns)}"
            yield start, InvalidDataError(counts)
        start = reader.line_num + 1


def _parquet(name: str, data: bytes) -> Rows:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        _check_metadata(name, file.metadata)
        # A few bytes may encode many equal texts, so texts stay encoded until their size is known.
        texts = [f.name for f in file.schema_arrow if f.type in (pa.string(), pa.large_string())]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        rows = list(enumerate(_unpacked(name, file), 1))
    except MemoryError:  # Arrow's is one of its other errors, too.
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidDataError(f"{name}: not readable as Parquet.") from error
    return Rows("Parquet", "row", rows, file.schema_arrow.names)


def _check_metadata(name: str, metadata: pq.FileMetaData) -> None:
    """Raise InvalidDataError if a file declares too many rows, bytes or values."""
    if metadata.num_rows > MAX_ROWS:
        raise InvalidDataError(too_many(name))
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > MAX_BYTES:
        raise InvalidDataError(too_large(name))
    columns = (group.column(place) for group in groups for place in range(group.num_columns))
    if sum(column.num_values for column in columns) > MAX_VALUES:
        raise InvalidDataError(f"{name}: more than {MAX_VALUES:,} values.")


def _unpacked(name: str, file: pq.ParquetFile) -> Iterator[Row]:
    size = 0
    for batch in file.iter_batches(batch_size=1000, use_threads=False):
        for place in range(batch.num_rows):
            row = batch.slice(place, 1).to_pylist()[0]
            size += len(str(row))
            if size > MAX_BYTES:
                raise InvalidDataError(too_large(name))
            yield row
