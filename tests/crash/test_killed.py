"""SIGKILL of each process: nothing that was done is lost, nothing is done twice."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from backend import jobs
from backend.results import metrics_of
from models.tables import JobState
from tests.conftest import process, wait_for_end, wait_until
from tests.crash.conftest import adapter_hash, small_run


def test_the_next_worker_finishes_a_dead_ones_run_bit_for_bit(
    lab: Path, hold_at: Callable[[int], Callable[[], None]], uninterrupted: str
) -> None:
    job = jobs.submit_run(small_run())
    let_go = hold_at(11)
    with process("backend.worker") as worker:
        wait_until(lambda: len(metrics_of(str(job.run_id))) == 10)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    let_go()
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2), jobs.log_tail(job)
    log = jobs.log_path(job).read_text()
    assert [log.count(f"step {step}/20 ") for step in (1, 8, 9, 10, 11)] == [1, 1, 2, 2, 1]
    assert [metric.step for metric in metrics_of(str(job.run_id))] == list(range(1, 21))
    assert adapter_hash(lab, job) == uninterrupted
