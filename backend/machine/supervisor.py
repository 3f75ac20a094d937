"""The program that starts the lab's processes together, and what they do when it has gone.

honcho ends its children when it ends, but not when it is killed: they would keep their ports.
"""

import os
import signal
import threading
import time
from pathlib import Path

import psutil

NAME = "honcho"
GRACE = 10.0
"""Seconds that a process has to stop after its supervisor, before it is killed."""


def supervisor_of(process: psutil.Process) -> psutil.Process | None:
    """Return the supervisor that started a process; None if there is none, or no longer."""
    # The last one, because honcho has a process of its own between it and each of its children.
    return next((p for p in reversed(process.parents()) if _is_supervisor(p)), None)


def end_with_supervisor() -> None:
    """Have this process stop when its supervisor has gone, however that ended."""
    if supervisor := supervisor_of(psutil.Process()):
        threading.Thread(target=_end_after, args=(supervisor,), daemon=True).start()


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return any(Path(word).name == NAME for word in process.cmdline()[:2])
    except psutil.Error:  # It has gone, or belongs to somebody else.
        return False


def _end_after(supervisor: psutil.Process) -> None:
    supervisor.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
