"""Other programs take every core: a run is slower then, and its adapter the same."""

from pathlib import Path

from backend.jobs.files import log_tail
from backend.runs.submit import submit_run
from models.tables import JobState
from tests.busy import busy_processes
from tests.crash.outcome import Outcome, outcome_of
from tests.example_runs import small_run
from tests.processes import process, wait_for_end


def test_a_run_beside_busy_processes_ends_as_one_alone(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    with busy_processes(2), process("backend.worker"):
        assert wait_for_end(job).state == JobState.DONE, log_tail(job)
    assert outcome_of(job) == uninterrupted
