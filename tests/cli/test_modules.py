"""Modules that people run say with --help what they do."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT

FOLDERS = ("backend", "benchmarks", "data", "server")
RUN_BY_THE_LAB = {"backend/machine/confinement.py", "backend/worker/child.py"}
"""Their arguments come from the process that starts them."""


def modules() -> list[Path]:
    """Return every file that can be run as a module."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    run = [p for p in files if p.name == "__main__.py" or '__name__ == "__main__"' in p.read_text()]
    return [path for path in run if str(path.relative_to(ROOT)) not in RUN_BY_THE_LAB]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_is_run_reads_its_arguments_by_a_library(path: Path) -> None:
    source = path.read_text()
    assert any(word in source for word in ("typer.run(main)", "ArgumentParser(", "app()"))


@pytest.mark.parametrize("module", ["benchmarks.explorer", "backend.worker", "server"])
def test_help_is_shown_and_nothing_is_started(module: str) -> None:
    command = [sys.executable, "-m", module, "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0 and "usage" in shown.stdout.lower() and not shown.stderr
