"""The demo without a browser, `python -m backend.demo`: finetunes, probes and prints the results.

It starts its own worker and engine, and works in the lab's home, so that its runs and results can
be opened in the app afterwards.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from backend.machine.ports import free_port

SEED = "1"


def main() -> None:
    """Finetune, probe and print the results; end with the exit code of a command that fails."""
    with lab_running():
        for dataset in ("old_bird_names", "modern_bird_names"):
            code = _cli("finetune", dataset, "--seed", SEED, "--name", f"demo-{dataset}")
            if code:
                raise typer.Exit(code)
        options = [argument for run in _newest_runs(2) for argument in ("--run", run)]
        raise typer.Exit(_cli("probe", "nineteenth_century", *options))


@contextmanager
def lab_running() -> Iterator[None]:
    """Run a worker and, on a free port, an engine."""
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
    raise SystemExit("The engine did not start; see its output above.")


if __name__ == "__main__":
    typer.run(main)
