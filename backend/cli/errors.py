"""How the command line says what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import openai
import typer

from backend.chat.client import explain
from backend.errors import UserError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say an error in one sentence and leave with code 1."""
    try:
        yield
    except UserError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None
    except openai.OpenAIError as error:
        typer.echo(f"Error: {explain(error)}", err=True)
        raise typer.Exit(1) from None
