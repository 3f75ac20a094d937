"""SIGKILL of each process: nothing that was done is lost, nothing is done twice."""

import os
import signal
from pathlib import Path

from backend.jobs.files import log_path, log_tail
from backend.jobs.queue import retry
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from backend.worker.failures import KILLED
from models.tables import JobState
from tests.crash.outcome import Outcome, outcome_of
from tests.database_faults import held_at, trigger
from tests.example_runs import small_run
from tests.processes import children_of, process, wait_for_end, wait_until


def test_the_next_worker_finishes_a_dead_ones_run_bit_for_bit(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    with held_at(11), process("backend.worker") as worker:
        wait_until(lambda: len(metrics_of(str(job.run_id))) == 10)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2), log_tail(job)
    log = log_path(job).read_text()
    assert [log.count(f"step {step}/20 ") for step in (1, 8, 9, 10, 11)] == [1, 1, 2, 2, 1]
    assert [metric.step for metric in metrics_of(str(job.run_id))] == list(range(1, 21))
    assert outcome_of(job) == uninterrupted
    folder = small_lab / "runs" / str(job.run_id)
    assert not list(folder.glob("**/checkpoint-*")) and not list(folder.glob("**/*.bin"))


def test_a_killed_child_fails_its_job_alone_and_retry_goes_on(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    with process("backend.worker") as worker:
        with held_at(6):
            wait_until(lambda: len(metrics_of(str(job.run_id))) == 5)
            [child] = children_of(worker.pid)
            os.kill(child, signal.SIGKILL)
            failed = wait_for_end(job)
        assert (failed.state, failed.error) == (JobState.FAILED, KILLED)
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE
    log = log_path(job).read_text()
    assert [log.count(f"step {step}/20 ") for step in (4, 5, 6)] == [1, 2, 1]
    assert outcome_of(job) == uninterrupted


def test_a_run_whose_last_checkpoint_is_its_last_step_trains_no_further(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    with process("backend.worker"):
        with trigger("BEFORE UPDATE OF summary ON run", "SELECT RAISE(ABORT, 'not yet')"):
            assert wait_for_end(job).state == JobState.FAILED
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE, log_tail(job)
    assert log_path(job).read_text().count("step 20/20 ") == 1
    assert outcome_of(job) == uninterrupted
