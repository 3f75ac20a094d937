"""The controls of a run on the Finetune page act on the whole page, in a real browser."""

from playwright.sync_api import Page, expect

from backend.db import session
from backend.jobs.queue import claim
from backend.runs.submit import submit_run
from models.tables import Job, JobState
from tests.example_runs import finished_run, short_run


def test_clone_fills_the_form_with_the_settings_of_the_run(
    app_url: str, browser_page: Page
) -> None:
    finished_run()
    browser_page.goto(f"{app_url}/finetune")
    rank = browser_page.get_by_role("spinbutton", name="LoRA rank")
    expect(rank).to_have_value("32")
    browser_page.get_by_role("button", name="Clone").click()
    expect(rank).to_have_value("4")


def test_a_retried_run_is_followed_without_a_reload(app_url: str, browser_page: Page) -> None:
    job = submit_run(short_run())
    with session() as db:
        db.get_one(Job, job.id).state = JobState.FAILED
    browser_page.goto(f"{app_url}/finetune")
    browser_page.get_by_role("button", name="Retry").click()
    waiting = browser_page.get_by_text("No worker is running.")
    expect(waiting).to_be_visible()
    assert claim("me")
    expect(waiting).to_have_count(0)
