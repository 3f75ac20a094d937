"""Child processes: their end with their parent, their priority, and their order in low memory."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
JOB_OOM_SCORE, MODEL_SERVER_OOM_SCORE = 500, 800
"""The kernel kills the higher score first when memory runs out: a model server before a job."""
NICENESS = 10
"""Of a job's processes; the default is 0, and higher numbers get less CPU time."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent exits, even if by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It exited before the call above.
        os._exit(1)


def set_oom_score(score: int) -> None:
    """Have the kernel kill this process before app, worker and gateway when memory runs out.

    Args:
        score: 0 to 1000; the highest is killed first.
    """
    with suppress(OSError):  # Not on Linux.
        Path("/proc/self/oom_score_adj").write_text(str(score))


def lower_priority() -> None:
    """Lower this process's CPU priority below that of chats.

    A job's threads spin while they wait for each other: sleeping threads would halve the speed of
    training, and threads spinning at equal priority would take a third of a chat's.
    """
    os.nice(NICENESS)
    set_group_niceness(NICENESS)


def set_group_niceness(niceness: int) -> None:
    """Set the niceness of this process's session, from 0 to 19.

    Where the kernel groups processes by session, only the group's niceness counts against others;
    unlike a process's own, it may be raised and lowered at will.
    """
    with suppress(OSError):  # Not on Linux, or without session groups.
        Path("/proc/self/autogroup").write_text(str(niceness))
