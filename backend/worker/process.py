"""Run a job as a child process on this machine."""

import os
import signal
import subprocess
import sys
from typing import IO

from backend.config import ROOT
from backend.jobs.files import log_path
from backend.runs.memory import gpu_for
from models.tables import Job

CHILD = "backend.worker.child"
GRACE = 3.0
"""Seconds between asking a child to end and ending it."""

QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore::FutureWarning"}
"""A job's log is read by people."""


class JobProcess:
    """One job's child process, in a session of its own, its output in the job's log."""

    def __init__(self, job: Job, holder: str) -> None:
        """Start the child."""
        path = log_path(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = path.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", CHILD, job.id, holder, str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Its own session, so that Ctrl-C in the terminal reaches the worker alone.
            start_new_session=True,
            env=os.environ | QUIET | gpu_for(job),
        )

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, or None when the child still runs after so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the child and everything it started."""
        for kill in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, kill)
            except ProcessLookupError:
                break
            if self.wait(GRACE) is not None:
                break
        self._process.wait()
        self._log.close()
