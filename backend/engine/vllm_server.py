"""One vLLM server with its helpers: `python -m backend.engine.vllm_server`.

vLLM lives in a Python environment of its own and leaves a helper behind when it is killed. So this
small process starts it in a group, says its address once it is ready, and ends the whole group when
it is told to, or when the gateway is gone.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from backend.machine.processes import MODEL_SERVER_OOM_SCORE, PR_SET_PDEATHSIG, set_oom_score

LOOK_SECONDS = 0.5


def free_port() -> int:
    """Return a port on the loopback interface that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    """Whether vLLM answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(group: int) -> None:
    for sign, wait in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 0.0)):
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)


def main() -> None:
    """Run vLLM until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != options.parent:
        return
    set_oom_score(MODEL_SERVER_OOM_SCORE)
    port = free_port()
    command = [*options.command, "--host", "127.0.0.1", "--port", str(port)]
    # Its words go to the log, which is this process's standard error; the address is said here.
    started = subprocess.Popen(command, start_new_session=True, stdout=sys.stderr)
    said = False
    try:
        while not over.wait(LOOK_SECONDS) and started.poll() is None:
            if not said and is_ready(port):
                said = True
                sys.stdout.write(f"http://127.0.0.1:{port}\n")
                sys.stdout.flush()
    finally:
        _end(started.pid)


if __name__ == "__main__":
    main()
