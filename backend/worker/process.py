"""A job's child process, as its worker sees it."""

import os
import signal
import subprocess
import sys
from typing import IO

from backend.config import ROOT
from backend.jobs.files import log_path
from backend.machine import threads
from backend.runs.placement import gpu_environment_for
from models.tables import Job

CHILD = "backend.worker.child"
GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""

QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore::FutureWarning"}
"""Environment variables that keep progress bars and warnings out of the job's log."""


class JobProcess:
    """A job's child process, which writes its output to the job's log."""

    def __init__(self, job: Job, holder: str) -> None:
        """Start the process."""
        path = log_path(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = path.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", CHILD, job.id, holder, str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # A new session, so that Ctrl-C in the terminal reaches only the worker.
            start_new_session=True,
            env=threads.environment() | os.environ | QUIET | gpu_environment_for(job),
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """Wait up to `seconds` seconds for the exit code; None if the process still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Stop the process and everything that it started."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, signal_number)
            except ProcessLookupError:
                break
            if self.wait(GRACE) is not None:
                break
        self._process.wait()
        self._log.close()
