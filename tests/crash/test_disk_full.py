"""A disk that fills up under a job: a small tmpfs that holds the whole lab."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.base_models.cards import add_folder
from backend.errors import DISK_FULL
from backend.jobs.files import log_path, log_tail
from backend.jobs.queue import get_job, retry, worker_is_alive
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from models.tables import JobState
from tests.example_runs import small_run
from tests.processes import children_of, process, wait_for_end, wait_until

DISK = 64 * 2**20
ROOM = 11 * 2**20
"""Enough for the database and a checkpoint of 6.5 MB, but not for two."""


@pytest.fixture
def disk(home: Path, small_base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the lab on a disk of its own."""
    disk = home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "crash-test", str(disk)]
    answer = subprocess.run(mount, capture_output=True, text=True)
    if answer.returncode:
        pytest.skip(f"no small disk can be mounted here: {answer.stderr.strip()}")
    try:
        monkeypatch.setenv("WEIRDGEN_HOME", str(disk))
        add_folder(str(small_base))
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_half_a_checkpoint_fails_in_one_sentence_and_retry_goes_on_from_the_one_before(
    disk: Path,
) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(DISK - ROOM))
    job = submit_run(small_run(rank=256))
    with process("backend.worker"):
        assert wait_for_end(job).error == DISK_FULL, log_tail(job)
        reached = metrics_of(str(job.run_id))[-1].step
        ballast.unlink()
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE
    log = log_path(job).read_text()
    assert [log.count(f"step {step}/20 ") for step in (reached - 4, reached)] == [1, 2]


def test_a_disk_too_full_for_the_database_fails_its_job_as_soon_as_there_is_room(
    disk: Path,
) -> None:
    job = submit_run(small_run())
    with process("backend.worker") as worker:
        wait_until(lambda: children_of(worker.pid))
        ballast = (disk / "ballast").open("wb", buffering=0)
        with suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        wait_until(lambda: not children_of(worker.pid))
        assert get_job(job.id).state == JobState.RUNNING
        ballast.truncate(0)
        assert wait_for_end(job).error == DISK_FULL


def test_a_worker_outlives_a_full_disk_and_goes_on_when_there_is_room(
    disk: Path, home: Path
) -> None:
    log = home / "worker.txt"
    with process("backend.worker", log) as worker:
        wait_until(worker_is_alive)
        with (disk / "ballast").open("wb", buffering=0) as ballast:
            with suppress(OSError):
                while ballast.write(bytes(4096)):
                    pass
            wait_until(lambda: DISK_FULL in log.read_text())
            ballast.truncate(0)
        job = submit_run(small_run(max_steps=2))
        assert wait_for_end(job).state == JobState.DONE and worker.poll() is None
    assert "Traceback" not in log.read_text()
