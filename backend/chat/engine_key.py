"""The key that the engine asks for: made anew at each of its starts, shared by a private file.

Without it any page in the user's browser could have the engine compute.
"""

import re
import secrets

from backend.config import settings
from backend.errors import UserError
from backend.files import replacing


def write_key() -> str:
    """Return the key of an engine that starts now: `ENGINE_KEY`, else a new one in the key file."""
    key = configured_key() or secrets.token_urlsafe()
    with replacing(settings().engine_key_file) as scratch:
        scratch.touch(0o600)
        scratch.write_text(key)
    return key


def read_key() -> str:
    """Return the key to send to the engine; "none" where no engine has started yet."""
    if key := configured_key():
        return key
    try:
        return settings().engine_key_file.read_text("ascii").strip() or "none"
    except (OSError, UnicodeDecodeError):
        return "none"


def configured_key() -> str:
    """Return `ENGINE_KEY`; UserError if no header can hold it."""
    key = settings().engine_key
    if key and not re.fullmatch(r"[!-~]+", key):
        raise UserError("ENGINE_KEY may hold letters without accents, digits and signs, no spaces.")
    return key
