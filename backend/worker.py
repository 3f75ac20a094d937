"""The worker's loop: `python -m backend.worker` claims jobs and runs each as a child process."""

import logging
import os
import secrets
import signal
import socket
import threading
from types import FrameType

from backend import jobs
from backend.executors.local import LocalExecutor
from models.tables import Job, JobState

POLL = 0.5
"""Seconds between two looks at the queue, and at a running job's state."""

log = logging.getLogger("worker")


class Worker:
    """Runs one job at a time until it is told to stop."""

    def __init__(self) -> None:
        """Take a name that no other worker has, now or before."""
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.stopping = threading.Event()

    def loop(self) -> None:
        """Claim and run until stopped."""
        log.info("Worker %s is waiting for jobs.", self.holder)
        while not self.stopping.is_set():
            jobs.sign_of_life(self.holder)
            jobs.requeue_lapsed()
            job = jobs.claim(self.holder)
            if job:
                self.run(job)
            else:
                self.stopping.wait(POLL)

    def run(self, job: Job) -> None:
        """Run one job to its end, its cancellation, or this worker's own end."""
        log.info("Job %s (%s) starts, attempt %d.", job.id, job.kind, job.attempts)
        child = LocalExecutor(job, self.holder)
        state: JobState | None = JobState.RUNNING
        code = None
        while code is None and state == JobState.RUNNING and not self.stopping.is_set():
            code = child.wait(POLL)
            # This loop never blocks for long, so the lease is renewed here, without a side thread.
            state = jobs.renew(job.id, self.holder)
            jobs.sign_of_life(self.holder)
        child.stop()
        self._settle(job.id, code, state)

    def _settle(self, job_id: str, code: int | None, state: JobState | None) -> None:
        """Write the end of a job that its child did not write itself."""
        if state == JobState.CANCELLING:
            jobs.finish(job_id, self.holder, JobState.CANCELLED)
        elif self.stopping.is_set() and code is None:
            jobs.release(job_id, self.holder)
        elif code:
            jobs.finish(job_id, self.holder, JobState.FAILED, _died(code))
        log.info("Job %s is %s.", job_id, jobs.get_job(job_id).state)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop after putting the running job back in the queue."""
        self.stopping.set()


def _died(code: int) -> str:
    if code == -signal.SIGKILL:
        return "The job was killed, most likely because memory ran out; try a smaller batch."
    return f"The job's process ended with code {code}; its log may say why."


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.loop()


if __name__ == "__main__":
    main()
