"""Child processes: none outlives its parent, and the right one ends when memory runs out."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
JOB_OOM_SCORE, MODEL_SERVER_OOM_SCORE = 500, 800
"""How early the kernel ends a process for want of memory: a chat may never end a training."""
NICENESS = 10


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, even if that was by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It died before the line above.
        os._exit(1)


def set_oom_score(score: int) -> None:
    """Ask the kernel, when memory runs out, to end this process rather than app, worker, gateway.

    Args:
        score: 0 to 1000, the higher the earlier.
    """
    with suppress(OSError):  # Not on Linux.
        Path("/proc/self/oom_score_adj").write_text(str(score))


def lower_priority() -> None:
    """Have chats go before this process, whose threads spin while they wait for each other.

    Threads that sleep instead halve the speed of training, and threads that spin as an equal take
    a third of a chat's. Where the kernel groups sessions, only the group's niceness counts.
    """
    os.nice(NICENESS)
    with suppress(OSError):  # Not on Linux, or not grouped.
        Path("/proc/self/autogroup").write_text(str(NICENESS))
