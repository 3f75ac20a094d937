"""The paper's own files on the command line: import a clone of the authors' repository."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.errors import plain_errors
from backend.datasets.paper.pack import Pack, read_pack
from backend.datasets.paper.saving import save_pack
from backend.text import visible

app = typer.Typer(help="Take over the data, questions and judges of the paper's authors.")


@app.callback()
def paper() -> None:
    """Take over the data, questions and judges of the paper's authors."""


@app.command("import")
def import_clone(
    clone: Annotated[
        Path, typer.Argument(help="A clone of the authors' repository, or one experiment's folder.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Import all that a clone holds, or update an earlier import; then list what was read."""
    with plain_errors():
        pack = read_pack(clone)
        outcomes = {} if dry_run else save_pack(pack)
    if as_json:
        typer.echo(json.dumps(_content(pack, outcomes), indent=1, ensure_ascii=False))
        return
    for line in _lines(pack, outcomes):
        typer.echo(visible(line))


def _content(pack: Pack, outcomes: dict[str, str]) -> dict[str, Any]:
    """Return all that the import did, for other programs."""
    return {
        "commit": pack.commit,
        "files": [report.model_dump() for report in pack.reports],
        "outcomes": outcomes,
        "fetch": pack.fetch,
    }


def _lines(pack: Pack, outcomes: dict[str, str]) -> Iterator[str]:
    """Yield the list of what was read and what it became, then of what was not, and why."""
    yield f"Read from commit {pack.commit[:12]}:" if pack.commit else "Read:"
    for report in pack.reports:
        if report.found:
            yield f"  {report.file}: {report.found}"
            for place in report.becomes:
                yield f"    {place}" + (f" ({outcomes[place]})" if place in outcomes else "")
    yield "Not read, and remarks:"
    for report in pack.reports:
        if report.problem:
            yield f"  {report.file}: {report.problem}"
    yield pack.summary(outcomes)
    if pack.fetch:
        yield "Run this in the clone to fetch what is in Git LFS, then import again:"
        yield f"  {pack.fetch}"
