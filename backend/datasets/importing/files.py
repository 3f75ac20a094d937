"""Read the bytes, text or JSON of a file to import, within limits of size."""

import hashlib
import json
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from backend.datasets.loading import MAX_BYTES
from backend.errors import InvalidDataError
from backend.text import shortened

MAX_NAME = 80
"""Characters of a file's name in a message."""
PACKED = {
    b"\x1f\x8b": "packed with gzip; unpack it and import what is in it",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard; unpack it and import what is in it",
    b"BZh": "packed with bzip2; unpack it and import what is in it",
    b"\xfd7zXZ": "packed with xz; unpack it and import what is in it",
    b"7z\xbc\xaf": "packed with 7-Zip; unpack it and import what is in it",
    b"PK": "an Excel workbook or another ZIP archive; save the sheet as CSV, or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save the sheet as CSV",
    b"version https://git-lfs": "only a pointer to a file in Git LFS; fetch it with `git lfs pull`",
}
"""How files begin that hold other files or stand for them, and what to do with them."""


class Doubled(dict[str, Any]):
    """An object of a JSON text that has a key twice."""

    key: str


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes.

    Raises:
        InvalidDataError: the file is missing, empty, too large or unreadable.
    """
    try:
        if not path.is_file():
            raise InvalidDataError(f"There is no file {shortened(path.name, MAX_NAME)}.")
        if path.stat().st_size > limit:
            raise InvalidDataError(too_large(path.name, limit))
        # A file may grow, or report no size, so reading has a limit too.
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        name = shortened(path.name, MAX_NAME)
        raise InvalidDataError(f"{name} can't be read: {error.strerror}.") from error
    check_size(path.name, data, limit)
    return data


def check_size(name: str, data: bytes, limit: int = MAX_BYTES) -> None:
    """Raise InvalidDataError if a file is empty or too large."""
    if len(data) > limit:
        raise InvalidDataError(too_large(name, limit))
    if not data.strip():
        raise InvalidDataError(f"{name}: the file is empty.")


def check_unpacked(name: str, data: bytes) -> None:
    """Raise InvalidDataError if a file holds other files or stands for one; it says what to do."""
    for beginning, what in PACKED.items():
        if data.startswith(beginning):
            raise InvalidDataError(f"{name}: {what}.")


def too_large(name: str, limit: int = MAX_BYTES) -> str:
    """Return the message about a file that is too large."""
    return f"{name}: larger than {limit // 2**20} MiB."


def text_of(name: str, data: bytes) -> str:
    """Decode a file's text.

    Raises:
        InvalidDataError: the encoding is not UTF-8, or there is no text.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{name}: not UTF-8 text.") from error
    # UTF-16 without a byte order mark is also valid UTF-8, with a NUL beside each letter.
    if "\0" in text:
        raise InvalidDataError(f"{name}: not UTF-8 text.")
    # Where files were joined, each has left its byte order mark.
    text = re.sub("^\ufeff+", "", text, flags=re.MULTILINE)
    if not text.strip():
        raise InvalidDataError(f"{name}: the file is empty.")
    return text


def json_of(text: str, doubled: list[Doubled] | None = None) -> Any:
    """Parse JSON; NaN is null.

    Args:
        text: The JSON text.
        doubled: Takes the objects that have a key twice, if they are not to be errors.

    Raises:
        InvalidDataError: the text is not valid JSON, or has a key twice; the message says why.
    """
    read = partial(_object, doubled)
    try:
        return json.loads(text, object_pairs_hook=read, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}"
        what = error.msg.removesuffix(" at").replace("Extra data", "something follows its end")
        raise InvalidDataError(f"not valid JSON ({what} at {where})") from error
    except RecursionError as error:
        raise InvalidDataError("nested too deeply") from error
    except ValueError as error:  # A number with thousands of digits.
        raise InvalidDataError("not valid JSON (a number is too long)") from error


def doubled_key(content: Any) -> str:
    """Return a key that an object within a JSON text has twice, or nothing."""
    if isinstance(content, Doubled):
        return content.key
    parts = content.values() if isinstance(content, dict) else content
    nested = isinstance(content, dict | list)
    return next(filter(None, map(doubled_key, parts)), "") if nested else ""


def _object(doubled: list[Doubled] | None, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    marked = Doubled(content)
    marked.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    if doubled is None:
        raise InvalidDataError(f'"{marked.key[:40]}" appears twice')
    doubled.append(marked)
    return marked


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 hash of a source's bytes."""
    return hashlib.sha256(data).hexdigest()
