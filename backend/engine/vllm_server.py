"""The guard process of a vLLM server: `python -m backend.engine.vllm_server`.

vLLM has its own Python environment and leaves a child process behind when it is killed. So this
small process starts it in a process group, prints its address once it is ready, and stops the whole
group on SIGTERM or when the gateway exits.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from backend.machine.ports import free_port
from backend.machine.processes import MODEL_SERVER_OOM_SCORE, PR_SET_PDEATHSIG, set_oom_score

POLL_SECONDS = 0.5


def is_ready(port: int) -> bool:
    """Whether vLLM answers requests at a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(group: int) -> None:
    """Stop a process group; kill what is left of it after ten seconds."""
    for signal_number, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 0.0)):
        try:
            os.killpg(group, signal_number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)


def main() -> None:
    """Run vLLM until SIGTERM or until it exits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != options.parent:
        return
    set_oom_score(MODEL_SERVER_OOM_SCORE)
    port = free_port()
    command = [*options.command, "--host", "127.0.0.1", "--port", str(port)]
    # vLLM's output goes to the log, which is standard error here; standard output has the address.
    vllm = subprocess.Popen(command, start_new_session=True, stdout=sys.stderr)
    announced = False
    try:
        while not stopping.wait(POLL_SECONDS) and vllm.poll() is None:
            if not announced and is_ready(port):
                announced = True
                sys.stdout.write(f"http://127.0.0.1:{port}\n")
                sys.stdout.flush()
    finally:
        _stop(vllm.pid)


if __name__ == "__main__":
    main()
