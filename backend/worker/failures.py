"""Why a job ended, in one sentence that names the remedy."""

import errno
import signal
from collections.abc import Iterator

from backend.errors import UserError

DISK_FULL = "The disk is full; free some space and retry."
NO_MEMORY = "Memory ran out; choose a smaller batch or base model and retry."
KILLED = "The job was killed, most likely because memory ran out; choose a smaller batch and retry."

# Libraries in C++ and Rust raise errors of their own, in which only the words tell.
_WORDS = {
    DISK_FULL: ("no space left on device", "disk is full"),
    NO_MEMORY: ("out of memory", "cannot allocate memory", "can't allocate memory", "bad_alloc"),
}
_NUMBERS = {errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL, errno.ENOMEM: NO_MEMORY}


def sentence(error: BaseException) -> str:
    """Return what a person should read about an error; what caused it counts, too."""
    for each in _chain(error):
        if isinstance(each, OSError) and each.errno in _NUMBERS:
            return _NUMBERS[each.errno]
        if isinstance(each, MemoryError):
            return NO_MEMORY
        for found, words in _WORDS.items():
            if any(word in str(each).lower() for word in words):
                return found
    if isinstance(error, UserError):
        return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}); the log has the details."


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def exit_code(said: str) -> int:
    """Return the exit code that says the same to a worker, in case the database can't be told."""
    return {found: number for number, found in _NUMBERS.items()}.get(said, 1)


def of_exit(code: int) -> str:
    """Return what a person should read about a child that could not say it itself."""
    if code == -signal.SIGKILL:
        return KILLED
    return _NUMBERS.get(code, f"The job's process ended with code {code}; its log may say why.")
