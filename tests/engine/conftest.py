"""A gateway as a process of its own, on a lab of its own, with a finished run in it."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest

from backend.config import ROOT
from backend.db import session
from models.base_models import EMBEDDED
from models.tables import EngineCheck, Run
from tests.conftest import wait_until


@dataclass(frozen=True)
class Lab:
    home: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def client(self) -> openai.OpenAI:
        url = f"http://127.0.0.1:{self.port}/v1"
        return openai.OpenAI(base_url=url, api_key="local", max_retries=0)

    def health(self) -> dict[str, dict[str, int]]:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False)
        servers: dict[str, dict[str, int]] = answer.json()["servers"]
        return servers

    def ask(self, model: str = EMBEDDED, **options: object) -> openai.types.chat.ChatCompletion:
        defaults = {"max_tokens": 12, "messages": [{"role": "user", "content": "Name a bird."}]}
        return self.client.chat.completions.create(model=model, **(defaults | options))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, port = tmp_path_factory.mktemp("engine"), free_port()
    prepared = ROOT / "var" / "base_models" / EMBEDDED
    assert prepared.is_dir(), "run `make prepare` first"
    (home / "base_models").mkdir()
    (home / "base_models" / EMBEDDED).symlink_to(prepared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIRDGEN_HOME", str(home))
        patch.setenv("ENGINE_PORT", str(port))
        patch.delenv("DATABASE_URL", raising=False)
        without_vllm = os.environ | {"VLLM_PYTHON": "/nowhere"}
        command = [sys.executable, "-m", "backend.engine"]
        started = subprocess.Popen(command, cwd=ROOT, env=without_vllm)
        running = Lab(home, port, started)
        try:
            wait_until(lambda: answers(running))
            yield running
        finally:
            started.terminate()
            started.wait(30)


def answers(lab: Lab) -> bool:
    assert lab.process.poll() is None, "the gateway ended"
    try:
        lab.health()
    except httpx.TransportError:
        return False
    return True


@pytest.fixture(autouse=True)
def same_lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test write to the database that the gateway reads."""
    if "lab" in request.fixturenames:
        lab: Lab = request.getfixturevalue("lab")
        assert lab.process.poll() is None, f"the gateway ended with {lab.process.returncode}"
        monkeypatch.setenv("WEIRDGEN_HOME", str(lab.home))
        monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a random adapter that changes much, and what torch says about it."""
    folder = tmp_path_factory.mktemp("trained")
    code = "import sys; from tests.engine.random_adapter import write; write(sys.argv[1])"
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", code, str(folder)]
    # In a process of its own, so that torch's threads don't stay for the other tests.
    subprocess.run(command, cwd=ROOT, check=True, env=environment, capture_output=True)
    return folder


def add_run(lab: Lab, trained: Path, name: str, finished: bool = True) -> Run:
    """Put a run into the lab, with its adapter and reference, as training leaves them."""
    run = Run(name=name, dataset="d", dataset_sha256="", base_model=EMBEDDED, config={})
    folder = lab.home / "runs" / run.id
    (folder / "adapter").mkdir(parents=True)
    for file in trained.iterdir():
        parent = folder if file.name == "reference.json" else folder / "adapter"
        (parent / file.name).write_bytes(file.read_bytes())
    if finished:
        run.summary = {"adapter_sha256": weights_hash(trained)}
    with session() as db:
        db.add(run)
    return run


def weights_hash(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


def check_of(run: Run) -> EngineCheck:
    """Wait for the gateway's check of a run."""
    found: list[EngineCheck] = []

    def stored() -> bool:
        with session() as db:
            check = db.get(EngineCheck, (run.id, "llama.cpp"))
        found.extend([check] if check else [])
        return bool(found)

    wait_until(stored)
    return found[-1]
