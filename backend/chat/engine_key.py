"""The keys that the engine asks for: made anew at each of its starts, shared by private files.

Without one, any page in the user's browser could have the engine compute. Other tools have a key of
their own, so that none of them can pass for a chat of the lab and be served as often.
"""

import re
import secrets
from pathlib import Path
from typing import Literal

from backend.config import settings
from backend.errors import UserError
from backend.files import replacing

Asker = Literal["chat", "job"]
"""Who in the lab asks; the engine serves them and other tools in turn."""


def write_key() -> str:
    """Return the key for other tools of an engine that starts now: `ENGINE_KEY`, or a new one."""
    return _write(settings().engine_key_file, configured_key() or secrets.token_urlsafe())


def write_lab_key() -> str:
    """Return a new key for the lab's own processes, of an engine that starts now."""
    return _write(settings().lab_key_file, secrets.token_urlsafe())


def read_key() -> str:
    """Return the key for other tools; "none" where no engine has started yet."""
    return configured_key() or _read(settings().engine_key_file) or "none"


def read_lab_key(asker: Asker) -> str:
    """Return what the lab's own processes send; to an engine elsewhere, what other tools send."""
    key = "" if settings().engine_url else _read(settings().lab_key_file)
    return f"{key}.{asker}" if key else read_key()


def _write(path: Path, key: str) -> str:
    with replacing(path) as scratch:
        scratch.touch(0o600)
        scratch.write_text(key)
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def configured_key() -> str:
    """Return `ENGINE_KEY`; UserError if no header can hold it."""
    key = settings().engine_key
    if key and not re.fullmatch(r"[!-~]+", key):
        raise UserError("ENGINE_KEY may hold letters without accents, digits and signs, no spaces.")
    return key
