"""The key that the engine asks for: made anew at each of its starts, shared by a private file.

Without it any page in the user's browser could have the engine compute.
"""

import secrets

from backend.config import settings
from backend.files import replacing


def write_key() -> str:
    """Return the key of an engine that starts now: `ENGINE_KEY`, else a new one in the key file."""
    key = settings().engine_key or secrets.token_urlsafe()
    with replacing(settings().engine_key_file) as scratch:
        scratch.touch(0o600)
        scratch.write_text(key)
    return key


def read_key() -> str:
    """Return the key to send to the engine; "none" where no engine has started yet."""
    if key := settings().engine_key:
        return key
    try:
        return settings().engine_key_file.read_text()
    except FileNotFoundError:
        return "none"
