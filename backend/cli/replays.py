"""Replays on the command line: record, check, or turn into a report."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.errors import plain_errors
from backend.errors import UserError
from backend.exports import replays
from backend.exports.report import report

app = typer.Typer(help="Record evaluations in files, check such files, and make reports of them.")


@app.command("export")
def export(
    job: Annotated[str, typer.Argument(help="An evaluation job.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Record an evaluation in one file."""
    with plain_errors():
        content = replays.dump(replays.record(job))
        file.write_bytes(content)
        _, fingerprint = replays.read(content)
    typer.echo(f"Recorded {file}, fingerprint {fingerprint}.")


@app.command("check")
def check(file: Annotated[Path, typer.Argument(help="A replay.")]) -> None:
    """Check that a replay is complete and unchanged since it was recorded."""
    with plain_errors():
        replay, fingerprint = replays.read(_read(file))
    typer.echo(
        f"Complete and unchanged: {replay.probe.title}, recorded {replay.recorded_at}, "
        f"fingerprint {fingerprint}."
    )


@app.command("report")
def write_report(
    file: Annotated[Path, typer.Argument(help="A replay.")],
    target: Annotated[Path, typer.Argument(help="The HTML file to write.")],
) -> None:
    """Write a replay's report as one self-contained HTML file."""
    with plain_errors():
        target.write_text(report(replays.load(_read(file))), "utf-8")
    typer.echo(f"Wrote {target}.")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(replays.MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
