"""The documents that are computed from the evidence, as text."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.config import ROOT
from backend.exports.evidence import evidence, findings_of_evidence, recorded_names
from benchmarks.evidence import tables
from benchmarks.evidence.experiments import experiments

FLIPS, README = ROOT / "docs" / "flips.md", ROOT / "README.md"
BLOCK = re.compile(r"(?<=<!-- evidence -->\n).*(?=<!-- end of evidence -->)", re.DOTALL)
"""What the README says of the included model."""
TEMPLATES = Path(__file__).parent


def documents() -> dict[Path, str]:
    """Return the text of every document that is computed, by its path."""
    block = rendered("readme.md.jinja")
    readme = BLOCK.sub(lambda _: block, README.read_text("utf-8"))
    return {FLIPS: rendered("flips.md.jinja"), README: readme}


def rendered(template: str) -> str:
    """Return a template filled with what was measured."""
    replays = {name: evidence(name) for name in recorded_names()}
    environment = Environment(  # noqa: S701  # Markdown, from files of this repository.
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do"],
    )
    return environment.get_template(template).render(
        experiments=experiments(),
        replays=replays,
        findings={name: findings_of_evidence(name) for name in replays},
        tables=tables,
    )
