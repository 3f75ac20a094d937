"""Imports run downward only, and no page reaches torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT

FLOORS = [
    ["models"],
    ["backend.errors", "backend.config", "backend.db", "backend.datasets", "backend.probes",
     "backend.judges", "backend.dilution", "backend.base_models", "backend.processes",
     "backend.steps", "backend.placement", "backend.refusals", "backend.batches",
     "backend.hosted", "backend.purse"],
    ["backend.jobs", "backend.client", "backend.scorers", "backend.statistics", "backend.gate",
     "backend.tokens", "backend.progress", "backend.waiting",
     "backend.parallel", "backend.importing", "backend.measurement",
     "backend.preflight", "backend.memory", "backend.provider", "backend.provider_jobs"],
    ["backend.ordinary", "backend.judging", "backend.rates", "backend.training",
     "backend.engine", "backend.evaluation", "backend.likeness",
     "backend.rescoring", "backend.sampling", "backend.speeds",
     "backend.results", "backend.over_training",
     "backend.sweeps", "backend.replays", "backend.shipped", "backend.samples",
     "backend.labelling", "backend.overview", "backend.capability", "backend.inspect_log",
     "backend.adapter_file",
     "backend.comparison", "backend.agreement", "backend.lineage",
     "backend.conversations", "backend.streaming", "backend.provider_tuning"],
    ["backend.worker", "backend.executors", "backend.plots", "backend.cli", "backend.cli_runs",
     "backend.cli_replays", "backend.cli_errors", "backend.report",
     "backend.demo", "backend.demo_adapters"],
    ["pages", "app"],
]  # fmt: skip
LATE = {
    ("backend.scorers.contrast", "backend.training.layout"),
    ("backend.scorers.contrast", "backend.training.choice"),
}
"""Torch code that a scorer imports inside the job only."""
MODULES = [
    path for folder in ("models", "backend", "pages") for path in (ROOT / folder).rglob("*.py")
] + [ROOT / "app.py"]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor_of(module: str) -> int | None:
    for floor, names in enumerate(FLOORS):
        if any(module == name or module.startswith(name + ".") for name in names):
            return floor
    return None


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_downward(path: Path) -> None:
    own = name_of(path)
    if own == "backend":
        return
    floor = floor_of(own)
    assert floor is not None, f"{own} stands on no floor"
    for imported in imports_of(path):
        other = floor_of(imported)
        late = any(own == a and imported.startswith(b) for a, b in LATE)
        assert other is None or other <= floor or late, f"{own} imports {imported}, which is above"


@pytest.mark.parametrize(
    "module",
    [p.stem for p in (ROOT / "pages").glob("*.py") if p.stem not in ("__init__", "__main__")],
)
def test_no_page_imports_torch(module: str) -> None:
    path = ROOT / "pages" / f"{module}.py"
    roots = [name for name in imports_of(path) if name.split(".")[0] in ("backend", "models")]
    modules = sorted({name.rsplit(".", 1)[0] for name in roots} | {"streamlit"})
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
