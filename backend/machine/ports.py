"""TCP ports on the loopback interface, and who holds them."""

import re
import socket

import psutil

from backend.config import ROOT
from backend.machine.supervisor import GRACE, supervisor_of

PROCESSES = {"server": "app", "backend.engine": "engine"}
"""The lab's processes that listen, by their modules."""


def free_port() -> int:
    """Return a port on the loopback interface that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a program can listen at a port of the loopback interface."""
    with socket.socket() as probing:
        probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probing.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> psutil.Process | None:
    """Return the process that listens at a port; None if only its owner may know it."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # As on macOS.
        return None
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN
        if listens and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    return None


def described(process: psutil.Process) -> str:
    """Return what a process is, in words."""
    part = _part_of_lab(process)
    if part is None:
        return f"process {process.pid} ({process.name()})"
    state = "running" if supervisor_of(process) else "left over from a lab that was killed"
    return f"process {process.pid}, this lab's {part}, {state}"


def is_left_over(process: psutil.Process) -> bool:
    """Whether a process belongs to this lab, but not to one that is running."""
    return _part_of_lab(process) is not None and supervisor_of(process) is None


def end(process: psutil.Process) -> None:
    """Stop a process, and kill it if it does not stop."""
    process.terminate()
    try:
        process.wait(GRACE)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def _part_of_lab(process: psutil.Process) -> str | None:
    """Return which part of the lab in this folder a process is; None if it is none."""
    try:
        command, folder = " ".join(process.cmdline()), process.cwd()
    except psutil.Error:
        return None
    module = re.search(r" -m (\S+)$", command)
    return PROCESSES.get(module[1]) if module and folder == str(ROOT) else None
