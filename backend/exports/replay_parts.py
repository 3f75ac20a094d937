"""The parts of a replay's file, checked against their hashes; somebody else may have written it."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.errors import InvalidDataError

SCORES = "scores"
"""The part that is a table."""
MOST_CELLS = 5_000_000
"""Cells of the table of scores."""
MOST_CHARACTERS = 8 * 2**20
"""Of all other parts together, as JSON."""


class Parts(BaseModel):
    """What a replay's file contains."""

    model_config = ConfigDict(frozen=True)

    parts: dict[str, Any]
    sha256: str
    """The hash over the parts' hashes."""


def checked_parts(content: bytes) -> Parts:
    """Return the parts of a replay's file.

    Raises:
        InvalidDataError: it is not a replay, was changed since it was recorded, or is too large.
    """
    try:
        parts = json.loads(content)
        hashes, whole = parts.pop("hashes"), parts.pop("sha256")
        names = {*parts, *hashes}
        changed = [name for name in names if hashes.get(name) != sha256_of_part(parts.get(name))]
        cells = sum(len(column) for column in parts[SCORES].values())
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InvalidDataError(
            "This is not a replay, or it was cut off; record it again."
        ) from error
    if changed or sha256_of_part(hashes) != whole:
        what = f" in its {min(changed)}" if changed else ""
        raise InvalidDataError(
            f"This replay was changed{what} since it was recorded; it is refused."
        )
    others = sum(len(json.dumps(part)) for name, part in parts.items() if name != SCORES)
    if cells > MOST_CELLS or others > MOST_CHARACTERS:
        raise InvalidDataError("This replay is larger than any evaluation; it is refused.")
    return Parts(parts=parts, sha256=whole)


def sha256_of_part(part: Any) -> str:
    """Return the hash of a part, whatever the order of its keys."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
