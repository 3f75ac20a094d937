"""The worker, `python -m backend.worker`: claims jobs and runs each in a child process."""

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from backend.chat.client import release_memory
from backend.errors import DatabaseError, UserError
from backend.files import keep_private
from backend.hosted.provider_jobs import Abandoned
from backend.jobs.queue import LeaseWatch, claim, finish, heartbeat, release, renew, requeue
from backend.machine.supervisor import end_with_supervisor
from backend.redaction import log_to_stderr
from backend.runs.memory import job_need
from backend.worker.failures import message_of, message_of_exit
from backend.worker.process import JobProcess
from models.tables import Job, JobState

POLL = 0.5
"""Seconds between two checks of the queue, and of a running job's state."""

log = logging.getLogger("worker")


class Worker:
    """Runs one job at a time until it is stopped."""

    def __init__(self) -> None:
        """Choose a unique name, which identifies this worker as the holder of a lease."""
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.stopping = threading.Event()
        self.leases = LeaseWatch()
        self._trouble = ""
        """What is wrong with the database, as it was last logged."""
        self.abandoned = Abandoned()

    def loop(self) -> None:
        """Claim and run jobs until stopped."""
        log.info("Worker %s is waiting for jobs.", self.holder)
        while not self.stopping.is_set():
            job = None
            with self._tolerating_database_errors():
                with self._waiting_left_out():
                    heartbeat(self.holder)
                requeue(self.leases.lapsed())
                self.abandoned.cancel()
                job = claim(self.holder)
            if job:
                self.run(job)
            else:
                self.stopping.wait(POLL)

    def run(self, job: Job) -> None:
        """Run one job until it ends, is cancelled, or this worker is stopped."""
        log.info("Job %s (%s) starts, attempt %d.", job.id, job.kind, job.attempts)
        self._free_memory(job)
        try:
            child = JobProcess(job, self.holder)
        except OSError as error:
            self._finish(job.id, JobState.FAILED, message_of(error))
            return
        state: JobState | None = JobState.RUNNING
        code = None
        while code is None and state == JobState.RUNNING and not self.stopping.is_set():
            code = child.wait(POLL)
            # This loop never blocks for long, so it renews the lease itself, without a thread.
            with self._tolerating_database_errors():
                with self._waiting_left_out():
                    state = renew(job.id, self.holder)
                    heartbeat(self.holder)
                requeue(self.leases.lapsed())
        child.stop()
        self._settle(job.id, code, state)

    def _settle(self, job_id: str, code: int | None, state: JobState | None) -> None:
        """Store how a job ended, unless its child has stored it."""
        if state == JobState.CANCELLING:
            self._finish(job_id, JobState.CANCELLED)
        elif self.stopping.is_set() and code is None:
            with self._tolerating_database_errors():  # If it can't be written, the lease expires.
                release(job_id, self.holder)
        elif code:
            self._finish(job_id, JobState.FAILED, message_of_exit(code))
        log.info("The attempt at job %s has ended.", job_id)

    def _finish(self, job_id: str, state: JobState, error: str | None = None) -> None:
        """End a job; retry as long as the database can't be written, as on a full disk."""
        written = False
        while not written and not self.stopping.is_set():
            with self._tolerating_database_errors():
                finish(job_id, self.holder, state, error)
                written = True
            self.stopping.wait(0 if written else POLL)

    def _free_memory(self, job: Job) -> None:
        """Ask the gateway to unload idle models if the job would not fit in memory."""
        need = None
        # An error here, such as a deleted base model, will be the job's own error as well.
        with suppress(UserError):
            need = job_need(job)
        if need and not need.fits:
            log.info("Job %s %s; unloading idle models.", job.id, need.text)
            release_memory()

    @contextmanager
    def _waiting_left_out(self) -> Iterator[None]:
        """Leave out of all leases how long this worker waits to write: others wait as well."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.leases.leave_out(time.monotonic() - began)

    @contextmanager
    def _tolerating_database_errors(self) -> Iterator[None]:
        """Log errors of the database, each once, instead of raising them; try again later."""
        trouble = ""
        try:
            yield
        except DatabaseError as error:
            trouble = str(error)
        if trouble != self._trouble:
            log.warning("%s", trouble or "The database can be used again.")
        self._trouble = trouble

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop; the running job goes back to the queue."""
        self.stopping.set()


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    ArgumentParser(prog="python -m backend.worker", description=__doc__).parse_args()
    keep_private()
    log_to_stderr()
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    end_with_supervisor()
    try:
        worker.loop()
    except UserError as error:  # A newer version of the lab has migrated the database.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
