"""Read the numbered rows of a file; only its content decides what kind of file it is."""

import re

from backend.datasets.importing.arrow_rows import (
    ARROW_FILE,
    ARROW_STREAM,
    PARQUET,
    read_arrow,
    read_parquet,
)
from backend.datasets.importing.csv_rows import read_csv
from backend.datasets.importing.files import check_unpacked, text_of
from backend.datasets.importing.json_rows import read_list, read_objects
from backend.datasets.importing.table import Rows, check_count
from backend.errors import InvalidDataError

OBJECT = re.compile(r"(?:\s*(?:#|//).*\n)*\s*\{\s*(?:[\"'}]|$)")
"""How an object begins, behind comments; `{prompt},{answer}` is the header of a table."""
LIST = re.compile(r"\s*\[\s*(?:[\[{\"'\d\]-]|$)")


def rows_of(name: str, data: bytes) -> Rows:
    """Return a file's rows.

    Raises:
        InvalidDataError: the file is of no known kind, damaged, packed, too large, or has no rows.
    """
    check_unpacked(name, data)
    if data.startswith(PARQUET):
        table = read_parquet(name, data)
    elif data.startswith((ARROW_FILE, ARROW_STREAM)):
        table = read_arrow(name, data)
    else:
        table = _read_text(name, text_of(name, data))
    check_count(name, len(table.rows))
    if not table.rows:
        raise InvalidDataError(f"{name}: has no rows, only names of columns.")
    return table


def _read_text(name: str, text: str) -> Rows:
    if OBJECT.match(text):
        return read_objects(name, text)
    return read_list(name, text) if LIST.match(text) else read_csv(name, text)
