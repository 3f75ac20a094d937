"""Who is asking for an answer, and whether it still does: a process may end without a word."""

import fcntl
import os
import secrets
from functools import cache
from pathlib import Path

from backend.config import settings

_own = secrets.randbits(62)
"""Number of this process: the byte of the file of askers that it holds a lock on."""
_asking: set[str] = set()


def begin() -> str:
    """Return a new asker, which is alive until it is said to have ended or this process ends."""
    _hold(_file(settings().home))
    asker = f"{_own}.{secrets.token_hex(5)}"
    _asking.add(asker)
    return asker


def end(asker: str) -> None:
    """Say that an asker of this process has ended."""
    _asking.discard(asker)


def is_alive(asker: str) -> bool:
    """Whether an asker may still store what it is told."""
    process = asker.partition(".")[0]
    if not process:
        return False
    if int(process) == _own:
        return asker in _asking
    return _is_held(_file(settings().home), int(process))


@cache
def _file(home: Path) -> int:
    """Open the file of askers; closing it anywhere in the process would release the lock."""
    home.mkdir(parents=True, exist_ok=True)
    return os.open(home / "askers", os.O_RDWR | os.O_CREAT, 0o600)


def _hold(file: int) -> None:
    # The kernel releases it with the process, however that ends. Locking it again does nothing.
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _own)


def _is_held(file: int, process: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)
    except OSError:
        return True
    fcntl.lockf(file, fcntl.LOCK_UN, 1, process)
    return False
