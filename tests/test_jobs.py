from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from backend import jobs
from backend.db import session
from backend.errors import UserError
from models.tables import Job, JobState, Run, now
from tests.conftest import short_run


def let_lapse() -> None:
    """Watch all leases for as long as one lasts, and requeue those that stood still."""
    watch = jobs.LeaseWatch(clock=iter((0.0, jobs.LEASE.total_seconds())).__next__)
    assert not watch.lapsed()
    jobs.requeue(watch.lapsed())


def test_a_run_and_its_job_are_written_together(home: Path) -> None:
    job = jobs.submit_run(short_run(seed=7))
    with session() as db:
        run = db.get_one(Run, job.run_id)
    assert (run.name, run.dataset) == ("old-bird-names-smollm2-135m-s7", "old_bird_names")
    assert jobs.get_job(job.id).state == JobState.QUEUED


def test_a_refused_run_leaves_nothing(home: Path) -> None:
    with pytest.raises(UserError, match="no dataset"):
        jobs.submit_run(short_run(dataset="nothing"))
    with pytest.raises(UserError, match="GiB of memory"):
        jobs.submit_run(short_run(base_model="Qwen3-32B"))
    assert not jobs.list_jobs()


def test_the_oldest_job_is_claimed_once(home: Path) -> None:
    first, _ = jobs.submit_run(short_run()), jobs.submit_run(short_run(seed=2))
    claimed: list[str] = []
    threads = [Thread(target=lambda n=n: claimed.append(jobs.claim(f"w{n}").id)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(claimed)) == 2 and first.id in claimed
    assert jobs.claim("w3") is None


def test_a_lapsed_lease_returns_the_job_and_shuts_the_old_holder_out(home: Path) -> None:
    job = jobs.submit_run(short_run())
    jobs.claim("old")
    let_lapse()
    assert jobs.claim("new").attempts == 2
    assert jobs.renew(job.id, "old") is None
    assert not jobs.finish(job.id, "old", JobState.FAILED)
    assert jobs.finish(job.id, "new", JobState.DONE)


def test_a_lease_that_is_renewed_is_left_alone_whatever_the_clock_says(home: Path) -> None:
    job = jobs.submit_run(short_run())
    jobs.claim("worker")
    with session() as db:
        db.get_one(Job, job.id).lease_until = now() - timedelta(hours=1)
    watch = jobs.LeaseWatch(clock=iter((0.0, 9.0, 18.0, 30.0)).__next__)
    assert not watch.lapsed()
    jobs.renew(job.id, "worker")
    assert not watch.lapsed() and not watch.lapsed()
    seen = watch.lapsed()
    jobs.renew(job.id, "worker")
    jobs.requeue(seen)
    assert seen and jobs.get_job(job.id).state == JobState.RUNNING


def test_a_job_that_kills_its_workers_is_not_tried_for_ever(home: Path) -> None:
    job = jobs.submit_run(short_run())
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.claim("worker")
        let_lapse()
    assert jobs.get_job(job.id).state == JobState.FAILED


def test_cancel_ends_a_queued_job_at_once_and_asks_a_running_one(home: Path) -> None:
    queued, running = jobs.submit_run(short_run()), jobs.submit_run(short_run(seed=2))
    assert jobs.cancel(queued.id) == JobState.CANCELLED
    jobs.claim("worker")
    assert jobs.cancel(running.id) == JobState.CANCELLING
    let_lapse()
    assert jobs.get_job(running.id).state == JobState.CANCELLED


def test_a_finished_job_can_be_retried_and_deleted_but_a_running_one_not(home: Path) -> None:
    job = jobs.submit_run(short_run())
    jobs.claim("worker")
    with pytest.raises(UserError, match="cancel it first"):
        jobs.delete_job(job.id)
    jobs.finish(job.id, "worker", JobState.FAILED, "no")
    jobs.retry(job.id)
    assert jobs.get_job(job.id).state == JobState.QUEUED
    jobs.cancel(job.id)
    jobs.delete_job(job.id)
    assert not jobs.list_jobs()


def test_names_are_unique_and_checked(home: Path) -> None:
    first = jobs.submit_run(short_run(), "birds")
    second = jobs.submit_run(short_run(seed=2), "birds")
    with session() as db:
        assert db.get_one(Run, second.run_id).name == "birds-2"
    assert jobs.rename_run(str(first.run_id), "old birds") == "old-birds"
    for name in ("birds-2", "", "a/b", "x" * 200):
        with pytest.raises(UserError):
            jobs.rename_run(str(first.run_id), name)
