"""What a page says of jobs and runs: how long a stage takes, a refused name, a way out."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from backend.db import session
from backend.exports import replays
from backend.exports.report import report
from backend.jobs.queue import claim
from backend.runs.submit import submit_run
from models.tables import Job, JobState, Run, now
from tests.example_runs import finished_run, short_run
from tests.screens import button, open_page


def job_of(run: Run) -> Job:
    with session() as db:
        return db.exec(select(Job).where(Job.run_id == run.id)).one()


def test_a_stage_of_unknown_length_says_how_long_it_has_taken(home: Path) -> None:
    job = submit_run(short_run())
    assert claim("me")
    with session() as db:
        stored = db.get_one(Job, job.id)
        stored.stage = "Loading the base model"
        stored.stage_started_at = now() - timedelta(seconds=42)
    page = open_page("finetune", job=job.id)
    [bar] = [each for each in page.get("progress") if "Loading" in each.proto.text]
    assert bar.proto.text.startswith("Loading the base model … · 4") and "so far" in bar.proto.text


def test_why_a_name_is_refused_stays_until_another_one_is_tried(home: Path) -> None:
    run, other = finished_run(), finished_run(seed=2)
    page = open_page("finetune", job=job_of(run).id)
    page.text_input(key=f"name-{run.id}").set_value(other.name)
    button(page, "Rename").click().run()
    [refused] = [each.value for each in page.error]
    page.run()
    assert [each.value for each in page.error] == [refused]
    page.text_input(key=f"name-{run.id}").set_value("another").run()
    assert not page.error


def test_a_measurement_can_be_cancelled(home: Path) -> None:
    page = open_page("finetune")
    button(page, "Check on this machine").click().run()
    button(page, "Cancel").click().run()
    with session() as db:
        assert db.exec(select(Job)).one().state == JobState.CANCELLED
    assert "Check on this machine" in [each.label for each in page.button]


def test_a_report_says_when_the_evaluation_ended(scored: Job) -> None:
    ended = now() - timedelta(hours=3)
    with session() as db:
        db.get_one(Job, scored.id).finished_at = ended
    replay = replays.record(scored.id)
    assert replay.recorded_at == ended.isoformat(timespec="seconds")
    assert replays.dump(replay) == replays.dump(replays.record(scored.id))
    assert f"recorded {replay.recorded_at}" in report(replay)
