"""The main job headless, from nothing: `python -m backend.demo` finetunes, probes and prints.

It keeps its own worker and engine for its time, and uses the lab's home, so that what it made is
there to look at afterwards.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from backend.machine.ports import free_port

SEED = "1"


def main() -> int:
    """Run the demo; the exit code is that of the first command that failed."""
    with lab_running():
        for dataset in ("old_bird_names", "modern_bird_names"):
            code = _cli("finetune", dataset, "--seed", SEED, "--name", f"demo-{dataset}")
            if code:
                return code
        runs = _newest_runs(2)
        return _cli("probe", "nineteenth_century", *(p for run in runs for p in ("--run", run)))


@contextmanager
def lab_running() -> Iterator[None]:
    """Keep a worker and an engine of one's own, at a free port."""
    os.environ["ENGINE_PORT"] = str(free_port())
    with _running("backend.engine"), _running("backend.worker"):
        _wait_for_engine()
        yield


def _newest_runs(count: int) -> list[str]:
    from backend.jobs.queue import list_jobs
    from models.tables import JobKind

    newest = list_jobs(JobKind.FINETUNE, limit=count)
    return [run.name for _, run in reversed(newest) if run]


def _cli(*arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", "backend.cli", *arguments])


@contextmanager
def _running(module: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", module])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_engine(seconds: float = 30) -> None:
    url = f"http://127.0.0.1:{os.environ['ENGINE_PORT']}/health"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The engine did not start; see its messages above.")


if __name__ == "__main__":
    sys.exit(main())
