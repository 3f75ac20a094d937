"""The worker's loop: `python -m backend.worker` claims jobs and runs each as a child process."""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from sqlalchemy.exc import OperationalError

from backend.chat.client import release_memory
from backend.errors import UserError
from backend.files import keep_private
from backend.hosted.provider_jobs import Abandoned
from backend.jobs.queue import LeaseWatch, claim, finish, heartbeat, release, renew, requeue
from backend.runs.memory import job_need
from backend.worker.failures import of_exit, sentence
from backend.worker.process import JobProcess
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
        self.leases = LeaseWatch()
        self.abandoned = Abandoned()

    def loop(self) -> None:
        """Claim and run until stopped."""
        log.info("Worker %s is waiting for jobs.", self.holder)
        while not self.stopping.is_set():
            job = None
            with _database_troubles():
                self._look_after_others()
                self.abandoned.cancel()
                job = claim(self.holder)
            if job:
                self.run(job)
            else:
                self.stopping.wait(POLL)

    def _look_after_others(self) -> None:
        heartbeat(self.holder)
        requeue(self.leases.lapsed())

    def run(self, job: Job) -> None:
        """Run one job to its end, its cancellation, or this worker's own end."""
        log.info("Job %s (%s) starts, attempt %d.", job.id, job.kind, job.attempts)
        _make_room(job)
        try:
            child = JobProcess(job, self.holder)
        except OSError as error:
            self._finish(job.id, JobState.FAILED, sentence(error))
            return
        state: JobState | None = JobState.RUNNING
        code = None
        while code is None and state == JobState.RUNNING and not self.stopping.is_set():
            code = child.wait(POLL)
            # This loop never blocks for long, so the lease is renewed here, without a side thread.
            with _database_troubles():
                state = renew(job.id, self.holder)
                self._look_after_others()
        child.stop()
        self._settle(job.id, code, state)

    def _settle(self, job_id: str, code: int | None, state: JobState | None) -> None:
        """Write the end of a job that its child did not write itself."""
        if state == JobState.CANCELLING:
            self._finish(job_id, JobState.CANCELLED)
        elif self.stopping.is_set() and code is None:
            with _database_troubles():  # What can't be written now lapses by itself.
                release(job_id, self.holder)
        elif code:
            self._finish(job_id, JobState.FAILED, of_exit(code))
        log.info("Job %s is settled.", job_id)

    def _finish(self, job_id: str, state: JobState, error: str | None = None) -> None:
        """End a job; a database that can't be written, as on a full disk, is waited for."""
        written = False
        while not written and not self.stopping.is_set():
            with _database_troubles():
                finish(job_id, self.holder, state, error)
                written = True
            self.stopping.wait(0 if written else POLL)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop after putting the running job back in the queue."""
        self.stopping.set()


def _make_room(job: Job) -> None:
    """Have the engine's idle models give way where a job would find too little memory."""
    need = None
    with _database_troubles(), suppress(UserError):  # Of what is gone, the job itself tells.
        need = job_need(job)
    if need and not need.fits:
        log.info("Job %s %s; idle models give way.", job.id, need.text)
        release_memory()


@contextmanager
def _database_troubles() -> Iterator[None]:
    """Say so when the database can't be used just now; a worker outlives that and tries again."""
    try:
        yield
    except OperationalError as error:
        log.warning("The database can't be used just now: %s", error.orig)


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    keep_private()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.loop()


if __name__ == "__main__":
    main()
