"""How a job's child process shares the machine's cores."""

from pathlib import Path

import pytest

from backend.jobs.queue import claim
from backend.runs.submit import submit_run
from backend.worker.process import JobProcess
from tests.example_runs import small_run
from tests.processes import wait_until


def environment_of_child(home: Path) -> dict[str, str]:
    job = submit_run(small_run())
    claim("me")
    started = JobProcess(job, "me")
    pid = started.pid
    try:
        # The child lowers its priority once it runs our code, so its environment is its own then.
        wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1].split()[16] != "0")
        pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    finally:
        started.stop()
    return dict(pair.split("=", 1) for pair in pairs if pair)


def test_threads_of_a_job_of_low_priority_spin_for_a_limited_time(small_lab: Path) -> None:
    assert environment_of_child(small_lab)["GOMP_SPINCOUNT"] == "30000"


def test_a_wait_policy_of_the_user_is_kept(
    small_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    assert environment_of_child(small_lab)["GOMP_SPINCOUNT"] == "7"
