"""The queue beside every page: what is in it, where it leads, and what is said of its end."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from backend.jobs.queue import claim, finish, report
from backend.runs.submit import submit_run, submit_runs
from components.text import plain
from models.tables import Job, JobState
from tests.conftest import REDRAWN
from tests.example_runs import finished_run, short_run


def beside() -> None:
    import streamlit as st

    from components.queue import queue_beside

    queue_beside(st.Page(lambda: None, title="Datasets"))


def opened() -> AppTest:
    page = AppTest.from_function(beside, default_timeout=60).run()
    assert not page.exception
    return page


def test_an_empty_queue_is_not_shown(home: Path) -> None:
    finished_run()
    assert not opened().sidebar.markdown


def test_the_queue_lists_what_runs_first_and_counts_the_rest(home: Path) -> None:
    submit_runs([short_run(seed=seed) for seed in range(5)], "birds")
    job = claim("me")
    assert job
    report(job.id, "me", "Training", 1, 4)
    sidebar = opened().sidebar
    assert [each.label for each in sidebar.button] == [f"birds\\-s{seed}" for seed in range(3)]
    assert [each.proto.text for each in sidebar.get("progress")] == ["25%"]
    assert [each.value for each in sidebar.caption] == ["Queued", "Queued", "and 2 more"]


def test_a_job_leads_to_its_run_also_on_the_page_that_shows_another(
    app_url: str, browser_page: Page
) -> None:
    first, second = (submit_run(short_run(seed=seed), name) for seed, name in ((1, "a"), (2, "b")))
    # The page redraws itself all the time, so nothing can wait until it is drawn.
    browser_page.remove_locator_handler(browser_page.locator(REDRAWN))
    browser_page.goto(f"{app_url}/finetune?job={second.id}")
    beside = browser_page.get_by_test_id("stSidebar")
    beside.get_by_role("button", name=re.compile(r"\ba$")).click()
    expect(browser_page).to_have_url(re.compile(first.id))
    expect(browser_page.locator("strong", has_text=re.compile("^a$"))).to_be_visible()


def test_the_end_of_a_followed_job_is_told_once(home: Path) -> None:
    done, failed = (submit_run(short_run(seed=seed), name) for seed, name in ((1, "a"), (2, "b")))
    page = opened()
    for job, state in ((done, JobState.DONE), (failed, JobState.FAILED)):
        assert claim("me")
        assert finish(job.id, "me", state)
    assert [toast.value for toast in page.run().toast] == [plain("a: done."), plain("b: failed.")]
    assert not page.run().toast


def test_progress_stands_in_the_title_of_the_tab(
    scored: Job, app_url: str, browser_page: Page
) -> None:
    job = submit_run(short_run(), "birds")
    assert claim("me")
    report(job.id, "me", "Training", 1, 4)
    browser_page.goto(f"{app_url}/results")
    expect(browser_page).to_have_title("25% · Results · Weird Generalization Lab")
    report(job.id, "me", "Training", 3, 4)
    expect(browser_page).to_have_title("75% · Results · Weird Generalization Lab")
    finish(job.id, "me", JobState.DONE)
    expect(browser_page.get_by_text("birds: done.")).to_be_visible()
    expect(browser_page).to_have_title("Results · Weird Generalization Lab")
    expect(browser_page.get_by_text("Jobs", exact=True)).to_have_count(0)
