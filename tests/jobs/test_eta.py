"""When a queued job's turn comes."""

from datetime import timedelta
from pathlib import Path

from pytest import approx

from backend.db import session
from backend.jobs.eta import waiting_seconds
from backend.jobs.queue import list_jobs, queue_position
from backend.runs.submit import submit_run
from models.tables import Job, JobState, now
from tests.example_runs import short_run


def change(job: Job, **values: object) -> None:
    with session() as db:
        for name, value in values.items():
            setattr(db.get_one(Job, job.id), name, value)


def halfway(job: Job, seconds: float) -> None:
    """Say that a job has been running for so long and is halfway."""
    begun = now() - timedelta(seconds=seconds)
    state = {"state": JobState.RUNNING, "attempts": 1, "started_at": begun}
    change(job, **state, stage_started_at=begun, done=5, total=10)


def test_a_batch_waits_for_what_runs_and_for_its_like(home: Path) -> None:
    first, second, third = (submit_run(short_run(seed=seed)) for seed in (1, 2, 3))
    halfway(first, 30)
    assert waiting_seconds(second) == approx(30, abs=2)
    assert waiting_seconds(third) == approx(30 + 60, abs=4)


def test_nothing_is_said_where_nothing_like_it_has_run(home: Path) -> None:
    first, _, third = (submit_run(short_run(epochs=epochs)) for epochs in (1, 2, 3))
    halfway(first, 30)
    assert waiting_seconds(third) is None


def test_what_is_done_tells_how_long_its_like_takes(home: Path) -> None:
    done, second, third = (submit_run(short_run(seed=seed)) for seed in (1, 2, 3))
    begun, ended = now() - timedelta(seconds=50), now() - timedelta(seconds=10)
    change(done, state=JobState.DONE, attempts=1, started_at=begun, finished_at=ended)
    assert waiting_seconds(second) == 0
    assert waiting_seconds(third) == approx(40, abs=1)
    change(done, attempts=2)  # Interrupted: what it took holds a time in which nothing was done.
    assert waiting_seconds(third) is None


def test_a_long_queue_is_counted_to_its_end(home: Path) -> None:
    jobs = [submit_run(short_run(seed=seed)) for seed in range(1, 231)]
    halfway(jobs[0], 30)
    assert waiting_seconds(jobs[-1]) == approx(30 + 60 * 228, rel=0.05)
    assert len(list_jobs()) == 230 and queue_position(jobs[-1]) == 229
