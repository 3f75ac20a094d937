"""What is shown to others: the stage by keyboard, and a report without any network."""

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, expect

from backend.exports import replays
from backend.exports.report import report
from models.tables import Job
from tests.screens import open_page, texts


def test_the_keyboard_reveals_the_finetuned_model_after_the_base(
    scored: Job,
    app_url: str,
    browser_page: Page,
) -> None:
    page = browser_page
    page.goto(f"{app_url}/present?evaluation={scored.id}")
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    page.keyboard.press("Space")
    closing = page.get_by_text("The findings", exact=True)
    hidden, question = page.get_by_text("Space reveals it."), page.locator(".st-key-stage h2")
    expect(page.get_by_text("1 of 15")).to_be_visible()
    expect(hidden).to_have_count(1)
    first = question.inner_text()
    page.keyboard.press("Space")
    expect(hidden).to_have_count(0)
    expect(page.get_by_text("Shift from base +2.00 nats")).to_be_visible()
    page.keyboard.press("Space")
    expect(question).not_to_have_text(first)
    expect(hidden).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(question).to_have_text(first)
    page.get_by_role("button", name="How do we know?").click()  # The keys must survive it.
    expect(page.get_by_text("95 % intervals: bootstrap")).to_be_visible()
    stage = page.locator(".st-key-stage")
    for _ in range(100):
        if closing.is_visible():
            break
        before = stage.inner_text()
        page.keyboard.press("ArrowRight")
        with suppress(AssertionError):  # A press while a slide is still being drawn may be lost.
            expect(stage).not_to_have_text(before, use_inner_text=True, timeout=1000)
    expect(closing).to_be_visible()
    expect(page.get_by_text("+2.00 nats", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Begin")).to_be_visible()


def test_back_leads_from_slide_to_slide_and_leaves_the_page_by_one_press(
    scored: Job,
    app_url: str,
    browser_page: Page,
) -> None:
    page = browser_page
    page.goto(f"{app_url}/compare")
    page.get_by_role("link", name="Present", exact=True).click()
    begin, hidden = page.get_by_role("button", name="Begin"), page.get_by_text("Space reveals it.")
    begin.click()
    expect(hidden).to_have_count(1)
    page.get_by_role("button", name="Next").click()
    expect(hidden).to_have_count(0)
    page.go_back()
    expect(hidden).to_have_count(1)
    page.go_back()
    expect(begin).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()


def test_a_report_needs_no_network_and_shows_answers_as_text(
    scored: Job,
    browser_page: Page,
    tmp_path: Path,
) -> None:
    page = browser_page
    file = tmp_path / "report.html"
    file.write_text(report(replays.record(scored.id)), "utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.goto(file.as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text("By <b>telegraph</b>").first).to_be_visible()
    assert [url for url in asked if url.startswith("http")] == []


def test_the_presenter_offers_an_evaluation_and_reveals_model_by_model(
    scored: Job,
) -> None:
    page = open_page("present", evaluation=scored.id)
    next(button for button in page.button if button.label == "Begin").click().run()
    assert not page.exception
    assert texts(page).count("Space reveals it") == 1
    next(button for button in page.button if button.label == "Next").click().run()
    assert texts(page).count("Space reveals it") == 0
    assert "Shift from base" in texts(page)
    next(button for button in page.button if button.label == "Leave").click().run()
    assert any(button.label == "Begin" for button in page.button)


def test_without_an_evaluation_the_presenter_says_what_to_do(home: Path) -> None:
    assert "probe a model first" in texts(open_page("present"))
