"""Read the bytes, text or JSON of a file to import, within limits of size."""

import hashlib
import json
from pathlib import Path
from typing import Any

from backend.datasets.loading import MAX_BYTES
from backend.errors import InvalidDataError


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes.

    Raises:
        InvalidDataError: the file is missing, empty, too large or unreadable.
    """
    if not path.is_file():
        raise InvalidDataError(f"There is no file {path.name}.")
    try:
        if path.stat().st_size > limit:
            raise InvalidDataError(too_large(path.name, limit))
        # A file may grow, or report no size, so reading has a limit too.
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise InvalidDataError(f"{path.name} can't be read: {error.strerror}.") from error
    check_size(path.name, data, limit)
    return data


def check_size(name: str, data: bytes, limit: int = MAX_BYTES) -> None:
    """Raise InvalidDataError if a file is empty or too large."""
    if len(data) > limit:
        raise InvalidDataError(too_large(name, limit))
    if not data.strip():
        raise InvalidDataError(f"{name}: the file is empty.")


def too_large(name: str, limit: int = MAX_BYTES) -> str:
    """Return the message about a file that is too large."""
    return f"{name}: larger than {limit // 2**20} MiB."


def text_of(name: str, data: bytes) -> str:
    """Decode a file's text.

    Raises:
        InvalidDataError: the encoding is not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{name}: not UTF-8 text.") from error
    # UTF-16 without a byte order mark is also valid UTF-8, with a NUL beside each letter.
    if "\0" in text:
        raise InvalidDataError(f"{name}: not UTF-8 text.")
    return text


def json_of(text: str) -> Any:
    """Parse JSON.

    Raises:
        InvalidDataError: the text is not valid JSON; the message says why.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidDataError(f"not valid JSON ({error.msg} at {where})") from error
    except RecursionError as error:
        raise InvalidDataError("nested too deeply") from error
    except ValueError as error:  # A number with thousands of digits.
        raise InvalidDataError("not valid JSON (a number is too long)") from error


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 hash of a source's bytes."""
    return hashlib.sha256(data).hexdigest()
