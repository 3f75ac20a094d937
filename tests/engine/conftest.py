"""One gateway for all tests of the engine, and a random adapter with what torch says about it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import ROOT
from models.base_models import EMBEDDED
from tests.engine.gateway_lab import Lab, gateway


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A gateway without vLLM, on a lab of its own."""
    home = tmp_path_factory.mktemp("engine")
    prepared = ROOT / "var" / "base_models" / EMBEDDED
    assert prepared.is_dir(), "run `make prepare` first"
    (home / "base_models").mkdir()
    (home / "base_models" / EMBEDDED).symlink_to(prepared)
    with gateway(home, VLLM_PYTHON="/nowhere") as running:
        yield running


@pytest.fixture(autouse=True)
def same_lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test use the database and the port of the gateway."""
    if "lab" in request.fixturenames:
        lab: Lab = request.getfixturevalue("lab")
        assert lab.process.poll() is None, f"the gateway ended with {lab.process.returncode}"
        monkeypatch.setenv("WEIRDGEN_HOME", str(lab.home))
        monkeypatch.setenv("ENGINE_PORT", str(lab.port))
        monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a random adapter that changes much, and what torch says about it."""
    folder = tmp_path_factory.mktemp("trained")
    code = "import sys; from tests.engine.random_adapter import write; write(sys.argv[1])"
    command = [sys.executable, "-c", code, str(folder)]
    # In a process of its own, so that torch's threads don't stay for the other tests.
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ, capture_output=True)
    return folder
