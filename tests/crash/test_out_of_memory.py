"""A job that needs more memory than there is fails in one sentence; worker and queue live on."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.jobs.files import log_tail
from backend.runs.submit import submit_run
from backend.worker.failures import KILLED, NO_MEMORY
from models.tables import JobState
from tests.example_runs import small_run
from tests.processes import process, wait_for_end

LIMIT = 850 * 2**20
"""A run with batches of 8 rows takes 600 MB with two threads, one with 200 rows 1200 MB."""
GROUPS = Path("/sys/fs/cgroup/memory")
"""Control groups, version 1."""

pytestmark = pytest.mark.usefixtures("small_lab", "two_threads")


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")


@pytest.fixture
def small_group() -> Iterator[Callable[[int], object]]:
    """Put a process with its future children into a control group with little memory."""
    group = GROUPS / f"crash-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(LIMIT))
    except OSError as error:
        pytest.skip(f"no control group with a memory limit can be made here: {error}")
    yield lambda pid: (group / "cgroup.procs").write_text(str(pid))
    group.rmdir()


def test_memory_that_the_system_refuses_fails_one_job() -> None:
    large, small = submit_run(small_run(batch_size=200)), submit_run(small_run())
    with process("backend.worker") as worker:
        resource.prlimit(worker.pid, resource.RLIMIT_DATA, (LIMIT, LIMIT))
        assert wait_for_end(large).error == NO_MEMORY
        assert wait_for_end(small).state == JobState.DONE, log_tail(small)


def test_memory_that_the_kernel_takes_back_fails_one_job(
    small_group: Callable[[int], object],
) -> None:
    large, small = submit_run(small_run(batch_size=200)), submit_run(small_run())
    with process("backend.worker") as worker:
        small_group(worker.pid)
        assert wait_for_end(large).error == KILLED
        assert wait_for_end(small).state == JobState.DONE, log_tail(small)
