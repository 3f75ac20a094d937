"""Output of the command line: rows as a table or JSON, and a job's progress."""

import json
import time
from typing import Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from backend.errors import UserError
from backend.jobs.progress import pace_note
from backend.jobs.queue import get_job, worker_is_alive
from backend.text import visible
from models.tables import Job, JobState

console = Console()
PADDING = 2
"""Spaces between the columns of a table."""
ALL = console.options.update(max_width=100_000)
"""To measure what a text takes that is not wrapped."""


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
    columns = [[_cell(name), *(_cell(row.get(name)) for row in rows)] for name in rows[0]]
    widths = _widths(columns, console.width - PADDING * (len(columns) - 1))
    if widths is None:
        print_each(rows, as_json)
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, PADDING, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column[0], width=width)
    for cells in zip(*(column[1:] for column in columns), strict=True):
        table.add_row(*cells)
    console.print(table)


def _widths(columns: list[list[Text]], room: int) -> list[int] | None:
    """Return widths of columns in which each word is whole; None if there is too little room.

    Args:
        columns: The cells of each column. The first is the name and is not wrapped.
        room: Characters for all columns together.
    """
    measures = [[Measurement.get(console, ALL, cell) for cell in column] for column in columns]
    widest = [max(measure.maximum for measure in column) for column in measures]
    widths = [max(measure.minimum for measure in column) for column in measures]
    widths[0] = widest[0]
    spare = room - sum(widths)
    if spare < 0:
        return None
    for place in sorted(range(len(widths)), key=lambda place: widest[place] - widths[place]):
        more = min(widest[place] - widths[place], spare)
        widths[place] += more
        spare -= more
    return widths


def print_each(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows with many fields or with sentences, one field per line."""
    if as_json:
        print_rows(rows, as_json, "")
        return
    for place, row in enumerate(rows):
        table = Table(box=None, show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in row.items():
            table.add_row(_cell(name.replace("_", " ")), _cell(value))
        if place:
            console.print()
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
