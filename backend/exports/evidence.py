"""The evidence: recorded evaluations behind every figure of the documents, `evidence/*.json.gz`."""

import gzip
from functools import cache

from backend.analysis.findings import Findings
from backend.config import ROOT
from backend.errors import InvalidDataError
from backend.exports.replays import Replay, dump, load_shipped
from backend.plans import drafts
from backend.plans.drafts import FrozenPlan

HOME = ROOT / "evidence"


def recorded_names() -> list[str]:
    """Return the names of all recorded evaluations."""
    return sorted(path.name.removesuffix(".json.gz") for path in HOME.glob("*.json.gz"))


@cache  # The files come with the code, and pages read them at each redraw.
def evidence(name: str) -> Replay:
    """Return a recorded evaluation.

    Raises:
        InvalidDataError: it is missing or was changed.
    """
    path = HOME / f"{name}.json.gz"
    if not path.is_file():
        raise InvalidDataError(f"This copy of the lab lacks its evidence {path.name}; fetch it.")
    return load_shipped(gzip.decompress(path.read_bytes()))


@cache
def findings_of_evidence(name: str) -> Findings:
    """Return all that a recorded evaluation says; raises the errors of `evidence`."""
    return evidence(name).findings()


def keep(name: str, replay: Replay) -> None:
    """Store a recorded evaluation; the same replay always gives the same file."""
    HOME.mkdir(exist_ok=True)
    (HOME / f"{name}.json.gz").write_bytes(gzip.compress(dump(replay), mtime=0))


def keep_plan(name: str, plan: FrozenPlan) -> None:
    """Store the frozen plan that a recorded evaluation follows."""
    folder = HOME / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(drafts.dump(plan))
