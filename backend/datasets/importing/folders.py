"""Ids and titles of imports, and the folder in which they are built before they are kept."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.config import settings
from backend.errors import UserError
from backend.files import MAX_ID_LENGTH, Kind


def slug(text: str) -> str:
    """Return an id made from a text: lower-case letters, digits and underscores."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words[:MAX_ID_LENGTH].rstrip("_") or "imported"


def title_of(name: str) -> str:
    """Return a title made from an id."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


@contextmanager
def scratch(kind: Kind) -> Iterator[Path]:
    """Yield a temporary folder, invisible to lists; what is not moved out of it is deleted.

    Raises:
        UserError: the files could not be written; the message says why.
    """
    hidden = settings().home / kind / ".scratch"
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=hidden) as folder:
            yield Path(folder)
    except OSError as error:
        raise UserError(f"The import could not be saved: {error.strerror}.") from error
