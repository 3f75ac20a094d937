"""When a queued job's turn comes."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest import approx

from backend.db import session
from backend.jobs import eta, progress
from backend.jobs.eta import waiting_seconds
from backend.jobs.queue import list_jobs, queue_position
from backend.runs.submit import submit_run
from models.tables import Job, JobState, now
from tests.example_runs import short_run


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The time, which stands still."""
    moment = now()
    for module in (eta, progress):
        monkeypatch.setattr(module, "now", lambda: moment)
    return moment


def change(job: Job, **values: object) -> None:
    with session() as db:
        for name, value in values.items():
            setattr(db.get_one(Job, job.id), name, value)


def halfway(job: Job, begun: datetime) -> None:
    """Say that a job has been running since then and is halfway."""
    state = {"state": JobState.RUNNING, "attempts": 1, "started_at": begun}
    change(job, **state, stage_started_at=begun, done=5, total=10)


def test_a_batch_waits_for_what_runs_and_for_its_like(home: Path, moment: datetime) -> None:
    first, second, third = (submit_run(short_run(seed=seed)) for seed in (1, 2, 3))
    halfway(first, moment - timedelta(seconds=30))
    assert waiting_seconds(second) == approx(30)
    assert waiting_seconds(third) == approx(30 + 60)


def test_nothing_is_said_where_nothing_like_it_has_run(home: Path, moment: datetime) -> None:
    first, _, third = (submit_run(short_run(epochs=epochs)) for epochs in (1, 2, 3))
    halfway(first, moment - timedelta(seconds=30))
    assert waiting_seconds(third) is None


def test_what_is_done_tells_how_long_its_like_takes(home: Path, moment: datetime) -> None:
    done, second, third = (submit_run(short_run(seed=seed)) for seed in (1, 2, 3))
    begun, ended = moment - timedelta(seconds=50), moment - timedelta(seconds=10)
    change(done, state=JobState.DONE, attempts=1, started_at=begun, finished_at=ended)
    assert waiting_seconds(second) == 0
    assert waiting_seconds(third) == approx(40)
    change(done, attempts=2)  # Interrupted: what it took holds a time in which nothing was done.
    assert waiting_seconds(third) is None


def test_a_long_queue_is_counted_to_its_end(home: Path, moment: datetime) -> None:
    jobs = [submit_run(short_run(seed=seed)) for seed in range(1, 231)]
    halfway(jobs[0], moment - timedelta(seconds=30))
    assert waiting_seconds(jobs[-1]) == approx(30 + 60 * 228)
    assert len(list_jobs()) == 230 and queue_position(jobs[-1]) == 229
