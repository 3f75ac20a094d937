"""The page Reproduce: what it says first, what it queues, and what it shows of it."""

from pathlib import Path

import pytest

from backend.experiments.reproductions import jobs_of, list_reproductions
from backend.jobs.queue import list_jobs
from models.tables import JobKind
from tests.screens import button, open_page, texts


def test_an_empty_page_says_what_a_reproduction_takes(home: Path) -> None:
    page = open_page("reproduce")
    assert "No reproductions yet" in texts(page) and "No judge is configured" in texts(page)
    shown = {metric.label: metric.value for metric in page.metric}
    # Three datasets with three seeds; the base model and nine runs are asked ten questions.
    assert shown == {"Runs": "9", "Answers": "10,000", "Judge calls, at most": "40,000"}
    assert "not known yet" in texts(page) and "nothing without the judge" in texts(page)


def test_one_click_queues_everything_and_shows_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_MODEL", "wise")
    page = open_page("reproduce", experiment="terminator")
    assert page.selectbox(key="experiment").value == "terminator"
    page.number_input(key="reproduction-seeds").set_value(1).run()
    button(page, "Queue everything").click().run()
    assert not page.exception
    (made,) = list_reproductions()
    kinds = [job.kind for job in jobs_of(made)]
    assert kinds == [JobKind.FINETUNE] * 3 + [JobKind.EVALUATE, JobKind.JUDGE]
    assert "Queued 5 jobs" in texts(page) and "Nothing is scored yet" in texts(page)
    button(page, "Queue everything").click().run()
    assert "in the queue already" in texts(page) and len(list_jobs()) == 5
    button(page, "Cancel all").click().run()
    assert {str(job.state) for job in jobs_of(made)} == {"cancelled"}


def test_the_time_of_training_can_be_measured_first(home: Path) -> None:
    page = open_page("reproduce", experiment="dishes")
    assert "Does a date alone" in texts(page)
    button(page, "Measure the time of training").click().run()
    assert not page.exception
    assert [job.kind for job, _ in list_jobs()] == [JobKind.PREFLIGHT] * 3
    assert "The worker measures" in texts(page)
