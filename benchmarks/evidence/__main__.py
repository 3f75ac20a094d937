"""Compute the documents' figures from the evidence: `make evidence`.

With --measure, the named experiments are trained, evaluated and recorded first, by the running lab.
"""

import argparse
import sys

from backend.errors import UserError
from benchmarks.evidence.documents import documents
from benchmarks.evidence.experiments import experiments
from benchmarks.evidence.figures import draw, figures
from benchmarks.evidence.measure import measure


def main() -> None:
    """Write every document and figure again, after measuring what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--measure", nargs="+", choices=list(experiments()), default=[])
    for name in parser.parse_args().measure:
        try:
            measure(experiments()[name])
        except UserError as error:
            sys.exit(f"{name}: {error}")
    drawn = figures()
    texts = drawn | documents()
    changed = [p for p, text in texts.items() if not p.exists() or p.read_text("utf-8") != text]
    for path in changed:
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[path], "utf-8")
        print(f"{path.name} has changed.")
    draw([path for path in changed if path in drawn])


if __name__ == "__main__":
    main()
