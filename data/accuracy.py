"""Measure every scorer without a judge on labelled answers: `python -m data.accuracy`.

Half of the answers in `data/probes/labelled/` are kept aside by the hash of their text. A scorer is
measured on those alone, and `data/probes/labelled/accuracy.json` holds what was found.
"""

import json

import typer

from backend.config import DATA
from backend.evaluation.scorer_accuracy import FILE, measured
from backend.probes.loading import list_probes


def main() -> None:
    """Measure all shipped probes and write the file."""
    found = {probe.id: measured(probe) for probe in list_probes(DATA)}
    rows = {
        probe: {scorer: result.model_dump() for scorer, result in scorers.items()}
        for probe, scorers in found.items()
        if scorers
    }
    FILE.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
