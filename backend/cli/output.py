"""Output of the command line: rows as a table or JSON, and a job's progress."""

import json
import time
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backend.errors import UserError
from backend.jobs.progress import pace_note
from backend.jobs.queue import get_job, worker_is_alive
from backend.text import visible
from models.tables import Job, JobState

console = Console()
WIDEST = 120
"""Most characters of a table's line; longer lines are wrapped within their columns."""


def _cell(value: Any) -> Text:
    """Return a value as it is: names and answers of others may hold markup and control codes."""
    return Text("" if value is None else visible(str(value)))


def print_rows(rows: list[dict[str, Any]], as_json: bool, empty: str) -> None:
    """Print rows as a table or as JSON; `empty` where there are none."""
    if as_json:
        typer.echo(json.dumps(rows, indent=1, default=str, ensure_ascii=False))
        return
    if not rows:
        typer.echo(empty)
        return
    table = Table(box=None, header_style="bold")
    for place, name in enumerate(rows[0]):
        # The first column is the name and is not wrapped; no column is truncated.
        table.add_column(name, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    # Truncated figures are worse than long lines, so a narrow terminal gets long lines.
    needed = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    Console(width=max(console.width, needed)).print(table)


def print_one(row: dict[str, Any], as_json: bool) -> None:
    """Print a row that contains sentences, one field per line."""
    if as_json:
        print_rows([row], as_json, "")
        return
    table = Table(box=None, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in row.items():
        table.add_row(name.replace("_", " "), _cell(value))
    console.print(table)


def follow(job: Job, wait: bool) -> None:
    """Show a job's progress on standard error until it is finished; fail if it failed."""
    shown = ""
    if wait and not worker_is_alive():
        typer.echo("No worker is running, so the job waits; `make run` starts one.", err=True)
    while wait and not (job := get_job(job.id)).state.is_final:
        count = f" {job.done}/{job.total}" if job.total else ""
        note = f" ({text})" if (text := pace_note(job)) else ""
        line = f"{job.stage or job.state}{count}{note}"
        if line != shown:
            typer.echo(line, err=True)
            shown = line
        time.sleep(0.5)
    if wait and job.state != JobState.DONE:
        raise UserError(job.error or f"The job was {job.state}.")
