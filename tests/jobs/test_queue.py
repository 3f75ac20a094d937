from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from backend.db import session
from backend.errors import UserError
from backend.jobs.progress import Progress, pace_note
from backend.jobs.queue import (
    LEASE,
    MAX_ATTEMPTS,
    LeaseLostError,
    LeaseWatch,
    active_jobs,
    cancel,
    claim,
    delete_job,
    extend,
    finish,
    get_job,
    list_jobs,
    recent_jobs,
    release,
    renew,
    requeue,
    retry,
)
from backend.runs.submit import rename_run, submit_run
from models.tables import Job, JobKind, JobState, Run, now
from tests.example_runs import short_run


def let_lapse() -> None:
    """Watch all leases for as long as one lasts, and requeue those that were not renewed."""
    watch = LeaseWatch(clock=iter((0.0, LEASE.total_seconds())).__next__)
    assert not watch.lapsed()
    requeue(watch.lapsed())


def test_a_run_and_its_job_are_written_together(home: Path) -> None:
    job = submit_run(short_run(seed=7))
    with session() as db:
        run = db.get_one(Run, job.run_id)
    assert (run.name, run.dataset) == ("old-bird-names-smollm2-135m-s7", "old_bird_names")
    assert get_job(job.id).state == JobState.QUEUED


def test_a_refused_run_leaves_nothing(home: Path) -> None:
    with pytest.raises(UserError, match="no dataset"):
        submit_run(short_run(dataset="nothing"))
    with pytest.raises(UserError, match="GiB of memory"):
        submit_run(short_run(base_model="Qwen3-32B"))
    assert not list_jobs()


def test_the_oldest_job_is_claimed_once(home: Path) -> None:
    first, _ = submit_run(short_run()), submit_run(short_run(seed=2))
    claimed: list[str] = []
    threads = [Thread(target=lambda n=n: claimed.append(claim(f"w{n}").id)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(claimed)) == 2 and first.id in claimed
    assert claim("w3") is None


def test_a_lapsed_lease_returns_the_job_and_shuts_the_old_holder_out(home: Path) -> None:
    job = submit_run(short_run())
    claim("old")
    let_lapse()
    assert claim("new").attempts == 2
    assert renew(job.id, "old") is None
    assert not finish(job.id, "old", JobState.FAILED)
    assert finish(job.id, "new", JobState.DONE)


def test_a_lease_that_is_renewed_is_left_alone_whatever_the_clock_says(home: Path) -> None:
    job = submit_run(short_run())
    claim("worker")
    with session() as db:
        db.get_one(Job, job.id).lease_until = now() - timedelta(hours=1)
    watch = LeaseWatch(clock=iter((0.0, 9.0, 18.0, 30.0)).__next__)
    assert not watch.lapsed()
    renew(job.id, "worker")
    assert not watch.lapsed() and not watch.lapsed()
    seen = watch.lapsed()
    renew(job.id, "worker")
    requeue(seen)
    assert seen and get_job(job.id).state == JobState.RUNNING


def test_a_job_that_kills_its_workers_is_not_tried_for_ever(home: Path) -> None:
    job = submit_run(short_run())
    for _ in range(MAX_ATTEMPTS):
        claim("worker")
        let_lapse()
    assert get_job(job.id).state == JobState.FAILED


def test_cancel_ends_a_queued_job_at_once_and_asks_a_running_one(home: Path) -> None:
    queued, running = submit_run(short_run()), submit_run(short_run(seed=2))
    assert cancel(queued.id) == JobState.CANCELLED
    claim("worker")
    assert cancel(running.id) == JobState.CANCELLING
    let_lapse()
    assert get_job(running.id).state == JobState.CANCELLED


def test_a_finished_job_can_be_retried_and_deleted_but_a_running_one_not(home: Path) -> None:
    job = submit_run(short_run())
    claim("worker")
    with pytest.raises(UserError, match="cancel it first"):
        delete_job(job.id)
    finish(job.id, "worker", JobState.FAILED, "no")
    retry(job.id)
    assert get_job(job.id).state == JobState.QUEUED
    cancel(job.id)
    delete_job(job.id)
    assert not list_jobs()


def test_a_worker_that_stops_ends_what_is_being_cancelled_and_puts_the_rest_back(
    home: Path,
) -> None:
    cancelled, kept = submit_run(short_run()), submit_run(short_run(seed=2))
    assert claim("w1") and claim("w1")
    cancel(cancelled.id)
    for job in (cancelled, kept):
        release(job.id, "w1")
    assert get_job(cancelled.id).state == JobState.CANCELLED
    assert (get_job(kept.id).state, get_job(kept.id).attempts) == (JobState.QUEUED, 0)


def test_names_are_unique_and_checked(home: Path) -> None:
    first = submit_run(short_run(), "birds")
    second = submit_run(short_run(seed=2), "birds")
    with session() as db:
        assert db.get_one(Run, second.run_id).name == "birds-2"
    assert rename_run(str(first.run_id), "old birds") == "old-birds"
    for name, reason in (
        ("birds-2", 'Another run is already called "birds-2"'),
        ("", "A run needs a name"),
        ("a/b", "may hold letters, digits, dots, hyphens and underscores"),
        ("x" * 200, "may have at most"),
    ):
        with pytest.raises(UserError, match=reason):
            rename_run(str(first.run_id), name)
    with session() as db:
        assert db.get_one(Run, first.run_id).name == "old-birds"


def test_only_the_holder_stores_a_result(home: Path) -> None:
    job = submit_run(short_run())
    claim("old")
    let_lapse()
    claim("new")
    with pytest.raises(LeaseLostError):
        Progress(job.id, "old").store_result({"by": "old"})
    assert get_job(job.id).result is None
    Progress(job.id, "new").store_result({"by": "new"})
    assert get_job(job.id).result == {"by": "new"}


def test_only_a_finished_job_is_extended_and_keeps_its_place_in_time(home: Path) -> None:
    job = submit_run(short_run())
    assert not extend(job.id, short_run(seed=2)) and get_job(job.id).config is None
    cancel(job.id)
    assert extend(job.id, short_run(seed=2))
    again = get_job(job.id)
    assert (again.state, again.finished_at) == (JobState.QUEUED, None)
    assert again.config == short_run(seed=2).model_dump() and again.created_at == job.created_at


def test_an_active_job_is_listed_however_many_are_newer(home: Path) -> None:
    jobs = [submit_run(short_run(seed=seed)) for seed in range(1, 6)]
    for job in jobs[1:]:
        cancel(job.id)
    listed = [job.id for job in recent_jobs(JobKind.FINETUNE, 2)]
    assert listed == [jobs[4].id, jobs[3].id, jobs[0].id]
    assert [job.id for job, _ in active_jobs()] == [jobs[0].id]


def test_a_job_says_that_it_is_slowed_down_while_it_runs(home: Path) -> None:
    job = submit_run(short_run())
    claim("me")
    progress = Progress(job.id, "me")
    progress.report("Training", 1, 4)
    progress.mark_slowed(True)
    assert pace_note(get_job(job.id)) == "slowed down by other work on this machine"
    Progress(job.id, "another").mark_slowed(False)
    assert get_job(job.id).slowed
    let_lapse()
    assert pace_note(get_job(job.id)) is None
    assert not claim("another").slowed


def test_every_database_keeps_a_jobs_times_in_utc(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    job = submit_run(short_run())
    started = claim("old").started_at
    assert abs(started - job.created_at) < timedelta(hours=1)
    let_lapse()
    assert claim("new").started_at == started
    assert get_job(job.id).attempts == 2


def test_a_lease_that_nobody_could_renew_has_not_lapsed(home: Path) -> None:
    submit_run(short_run())
    claim("worker")
    watch = LeaseWatch(clock=iter((0.0, 60.0, 60.0 + LEASE.total_seconds())).__next__)
    assert not watch.lapsed()
    watch.leave_out(59.0)  # Another program wrote into the database for so long.
    assert not watch.lapsed() and watch.lapsed()


def test_a_job_goes_on_if_it_can_not_tell_that_it_is_slowed_down(home: Path) -> None:
    (home / "lab.db").write_bytes(b"No database. " * 1000)
    Progress("any", "me").mark_slowed(True)
