"""Errors on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import openai
import typer

from backend.chat.client import explain
from backend.errors import NotFoundError, UserError
from backend.text import visible


class UsageError(UserError):
    """An option or argument that can't be meant as it is written."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print an expected error as one sentence; exit with code 2 if the command is wrong, else 1."""
    try:
        yield
    except (UsageError, NotFoundError) as error:
        typer.echo(f"Error: {visible(str(error))}", err=True)
        raise typer.Exit(2) from None
    except UserError as error:
        typer.echo(f"Error: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:  # Such as a full disk, where a file is to be written.
        typer.echo(f"Error: {error.strerror or error}: {error.filename or 'a file'}.", err=True)
        raise typer.Exit(1) from None
    except openai.OpenAIError as error:
        typer.echo(f"Error: {visible(str(explain(error)))}", err=True)
        raise typer.Exit(1) from None
