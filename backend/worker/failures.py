"""Messages of failed jobs: each says what went wrong and names the remedy."""

import errno
import signal
from collections.abc import Iterator

from backend.errors import DISK_FULL, UserError
from backend.redaction import redacted

NO_MEMORY = "Out of memory. Choose a smaller batch size or base model and retry."
KILLED = (
    "The job was killed, most likely because memory ran out. "
    "Choose a smaller batch size or base model and retry."
)

# Libraries in C++ and Rust raise their own kinds of errors, known only by their texts.
_TEXTS = {
    DISK_FULL: ("no space left on device", "disk is full"),
    NO_MEMORY: ("out of memory", "cannot allocate memory", "can't allocate memory", "bad_alloc"),
}
_ERRNOS = {errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL, errno.ENOMEM: NO_MEMORY}


def message_of(error: BaseException) -> str:
    """Return the message for an error; an error that it was raised from counts, too."""
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno in _ERRNOS:
            return _ERRNOS[cause.errno]
        if isinstance(cause, MemoryError):
            return NO_MEMORY
        for message, texts in _TEXTS.items():
            if any(text in str(cause).lower() for text in texts):
                return message
    if isinstance(error, UserError):
        return redacted(str(error))
    return f"Unexpected error ({type(error).__name__}); see the log."


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def exit_code_of(message: str) -> int:
    """Return the exit code that carries the same message when the database can't be written."""
    return {known: number for number, known in _ERRNOS.items()}.get(message, 1)


def message_of_exit(code: int) -> str:
    """Return the message for a child process that ended without writing one."""
    if code == -signal.SIGKILL:
        return KILLED
    return _ERRNOS.get(code, f"The job's process exited with code {code}; see the log.")
