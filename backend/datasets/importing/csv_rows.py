"""Read the rows of CSV files, whatever separates their fields."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from backend.datasets.importing.columns import CHATS, DOCUMENTS
from backend.datasets.importing.table import Row, Rows, check_columns
from backend.datasets.loading import MAX_CHARACTERS, MAX_ROWS
from backend.errors import InvalidDataError

DELIMITERS = ",;\t|"
SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*?(\r\n?|\n)", re.IGNORECASE)
"""The first line of a file that was written for Excel."""
QUOTED = re.compile(r'"(?:[^"]|"")*"')
RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
"""The line below the header of a Markdown table."""
REASONS = {
    "expected after": "a quotation mark within a quoted text must be written twice",
    "unexpected end": "a quoted text is not closed",
    "field larger": f"a text has more than {MAX_CHARACTERS:,} characters",
}
"""The csv module's errors, by what they contain, in words for the file's writer."""


def read_csv(name: str, text: str) -> Rows:
    """Return a table's rows; raises InvalidDataError if there is no header or a quote is open."""
    separator = SEPARATOR.match(text)
    lines = text[separator.end() if separator else 0 :].lstrip().splitlines()
    header = QUOTED.sub("", lines[0]) if lines else ""
    delimiter = separator[1] if separator else max(DELIMITERS, key=header.count)
    _check_kind(name, lines, delimiter, header)
    csv.field_size_limit(MAX_CHARACTERS + 1)  # One more, so that validation reports the row.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        if separator:
            next(reader)
        columns = [column.strip() for column in next((f for f in reader if any(f)), [])]
        check_columns(name, columns, reader.line_num)
        rows = list(islice(_rows(reader, columns), MAX_ROWS + 1))
    except csv.Error as error:
        reason = next((words for part, words in REASONS.items() if part in str(error)), str(error))
        raise InvalidDataError(f"{name}, line {reader.line_num}: {reason}.") from error
    return Rows("CSV", "line", rows, columns)


def _check_kind(name: str, lines: list[str], delimiter: str, header: str) -> None:
    """Raise InvalidDataError if the first lines are not those of a table."""
    if len(lines) > 1 and "|" in lines[0] and RULE.fullmatch(lines[1]):
        raise InvalidDataError(f"{name}: a table in Markdown; save it as CSV.")
    if (
        lines[0].startswith("#")
        and lines[1:]
        and lines[1].count(delimiter) != header.count(delimiter)
    ):
        raise InvalidDataError(f"{name}, line 1: a comment before the header; delete the line.")
    alone = lines[0].strip().strip('"').lower()
    if delimiter not in header and alone not in (*CHATS, *DOCUMENTS):
        raise InvalidDataError(f"{name}: not a JSONL, JSON, CSV or Parquet file.")


def _rows(reader: Any, columns: list[str]) -> Iterator[tuple[int, Row]]:
    start = reader.line_num + 1
    for fields in reader:
        if [field.strip() for field in fields] == columns:
            yield start, InvalidDataError("repeats the header")
        elif len(fields) == len(columns):
            if any(fields):
                yield start, dict(zip(columns, fields, strict=True))
        elif any(fields):
            yield start, InvalidDataError(_miscount(fields, columns))
        start = reader.line_num + 1


def _miscount(fields: list[str], columns: list[str]) -> str:
    if fields[0].lstrip().startswith("#"):
        return "a comment, which CSV can't hold; delete the line"
    return f"{len(fields)} fields where the header has {len(columns)}"
