"""The page Plans: drafting, freezing, launching, and the badge that follows it everywhere."""

from pathlib import Path

from playwright.sync_api import Page, expect

from backend.jobs.queue import list_jobs
from backend.plans.drafts import get_plan, list_plans
from models.configs import PlanConfig
from models.tables import JobKind
from tests.example_plan import carried_out, frozen_plan, planned_runs
from tests.screens import button, open_page, texts


def test_an_empty_page_says_what_a_plan_is_for(home: Path) -> None:
    page = open_page("plans")
    assert "nobody could choose the test after seeing the data" in texts(page)
    assert page.text_input(key="plan-title-old_bird_names-nineteenth_century").value


def test_a_plan_is_drafted_from_a_dataset_and_a_probe_and_frozen(home: Path) -> None:
    page = open_page("plans")
    page.selectbox(key="plan-probe-old_bird_names").set_value("birds_confirmatory").run()
    page.number_input(key="plan-seeds").set_value(5).run()
    button(page, "Save the draft").click().run()
    (plan,) = list_plans()
    config = PlanConfig(**plan.config)
    assert len(config.controls) == 2 and config.seeds == [1, 2, 3, 4, 5]
    assert config.recipe["rank"] == 32 and "5 seeds of each dataset" in config.stop_rule
    assert "A draft" in texts(page)
    button(page, "Freeze the plan").click().run()
    assert get_plan(plan.id).frozen_at is None, "it asks once"
    button(page, "Freeze the plan").click()  # The dialog stays open in a browser.
    button(page, "Freeze").click().run()
    frozen = get_plan(plan.id)
    assert frozen.sha256 and frozen.sha256 in texts(page)


def test_one_click_launches_what_is_planned_and_only_once(home: Path) -> None:
    planned_runs()
    before = len(list_jobs())
    page = open_page("plans", plan=frozen_plan())
    button(page, "Launch what is planned").click().run()
    assert "Queued the missing runs" in texts(page)
    assert [job.kind for job, _ in list_jobs()[: len(list_jobs()) - before]] == [JobKind.EVALUATE]
    button(page, "Launch what is planned").click().run()
    assert "launched before" in texts(page)


def test_every_page_of_an_evaluation_says_that_it_was_planned(home: Path) -> None:
    job = carried_out()
    for name in ("results", "samples", "compare", "present", "plans"):
        page = open_page(name, evaluation=job.id)
        assert "Confirmatory for one effect" in texts(page), name
    shown = open_page("overview").dataframe[0].value["standing"]
    assert set(shown) == {"exploratory", "part of a confirmatory test"}


def test_from_the_plan_to_its_confirmatory_result_in_a_browser(
    home: Path, app_url: str, browser_page: Page
) -> None:
    carried_out()
    page = browser_page
    page.goto(f"{app_url}/plans")
    expect(page.get_by_text("SHA-256").first).to_be_visible()
    with page.expect_download() as found:
        page.get_by_role("button", name="Plan as JSON").click()
    assert "weird generalization plan" in found.value.path().read_text("utf-8")
    page.get_by_role("main").get_by_role("link", name="Results").click()
    expect(page.get_by_text("Confirmatory for one effect")).to_be_visible()
    expect(page.locator(".stMarkdownBadge:visible", has_text="confirmatory")).to_have_count(2)
