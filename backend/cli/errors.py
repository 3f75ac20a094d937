"""Errors on the command line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import openai
import typer

from backend.chat.client import explain
from backend.errors import NotFoundError, UserError
from backend.text import shortened, visible

LONGEST = 1000
"""Characters of a sentence; a path or name may have many more."""
WRONG_PATHS = (errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR)


class UsageError(UserError):
    """An option or argument that can't be meant as it is written."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print an expected error as one sentence; exit with code 2 if the command is wrong, else 1."""
    try:
        yield
    except UserError as error:
        raise _exit(str(error), error) from None
    except OSError as error:  # Such as a full disk, where a file is to be written.
        name = shortened(str(error.filename or "a file"), LONGEST // 2)
        raise _exit(f"{error.strerror or error}: {name}.", error) from None
    except openai.OpenAIError as error:
        raise _exit(str(explain(error)), error) from None


def _exit(sentence: str, error: Exception) -> typer.Exit:
    """Print a sentence about an error, and return what ends the command."""
    typer.echo(f"Error: {shortened(visible(sentence), LONGEST)}", err=True)
    cause = error.__cause__ or error
    is_wrong = isinstance(error, UsageError | NotFoundError) or (
        isinstance(cause, OSError) and cause.errno in WRONG_PATHS
    )
    return typer.Exit(2 if is_wrong else 1)
