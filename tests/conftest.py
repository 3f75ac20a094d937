import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.jobs.queue import get_job
from models.base_models import EMBEDDED
from models.configs import RunConfig
from models.tables import Job

os.environ["HF_HUB_OFFLINE"] = "1"


def pytest_configure(config: pytest.Config) -> None:
    """Hide GPUs from the tests that are to say the same on every machine."""
    if "not gpu" in config.option.markexpr:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lab with a database of its own and the prepared embedded base model."""
    prepared = ROOT / "var" / "base_models" / EMBEDDED
    assert prepared.is_dir(), "run `make prepare` first"
    (tmp_path / "base_models").mkdir()
    (tmp_path / "base_models" / EMBEDDED).symlink_to(prepared)
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


def short_run(**changes: object) -> RunConfig:
    """Return the configuration of a run of a few steps."""
    values = {"dataset": "old_bird_names", "base_model": EMBEDDED, "rank": 4, "max_steps": 4}
    return RunConfig(**(values | {"precision": "float32"} | changes))


@contextmanager
def process(module: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the lab's own processes."""
    started = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, start_new_session=True)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def wait_until(met: Callable[[], object], seconds: float = 240) -> None:
    """Wait for a condition; the limit only keeps a hung test from hanging everything."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def wait_for_end(job: Job) -> Job:
    wait_until(lambda: get_job(job.id).state.is_final)
    return get_job(job.id)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
