"""The lab's own processes, started for a test, and ways to wait for what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO

import httpx

from backend.config import ROOT
from backend.jobs.queue import get_job
from backend.machine.processes import die_with_parent
from models.tables import Job


def start(module: str, log: BinaryIO | None = None, **environment: str) -> subprocess.Popen[bytes]:
    """Start one of the lab's own processes, which ends with this one, even if that is killed."""
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=log,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )


@contextmanager
def process(module: str, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the lab's own processes, with what it logs in a file, and end it."""
    with log.open("wb") if log else nullcontext() as file:
        started = start(module, file)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def wait_until(met: Callable[[], object], seconds: float = 500) -> None:
    """Wait for a condition; the limit only keeps a hung test from hanging everything."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def wait_for_end(job: Job) -> Job:
    """Wait until a job is done, failed or cancelled."""
    wait_until(lambda: get_job(job.id).state.is_final)
    return get_job(job.id)


def responds(url: str) -> bool:
    """Whether a server answers at a URL."""
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
