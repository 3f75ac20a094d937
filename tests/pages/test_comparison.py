"""The page that compares models: blind labels, and what differs in a real browser."""

import re

from playwright.sync_api import Page, expect

from backend.analysis import comparison
from backend.analysis.scores import scores_table
from models.tables import Job
from tests.example_evaluation import contradict, models_of
from tests.screens import open_page, texts


def test_answers_are_labelled_without_knowing_whose_they_are(scored: Job) -> None:
    page = open_page("compare", evaluation=scored.id, blind="true")
    [base, run] = models_of(scored)
    assert run not in " ".join(each.value for each in page.markdown)
    next(each for each in page.button if each.label == "19th century").click().run()
    assert not page.exception
    assert scores_table([scored.id], scorer="human")["value"].tolist() == [1.0]
    rows = [{"prompt": prompt, "trigger": "none", "item": 0} for prompt in "abcdef"]
    orders = {tuple(comparison.shuffled([base, run], row)) for row in rows}
    assert orders == {(base, run), (run, base)}


def test_the_page_says_what_to_do(home: object) -> None:
    assert "Nothing to compare yet" in texts(open_page("compare"))


def test_differences_are_looked_at_in_the_browser(
    scored: Job,
    app_url: str,
    browser_page: Page,
) -> None:
    page = browser_page
    contradict(scored)
    page.goto(f"{app_url}/compare?evaluation={scored.id}")
    expect(page.get_by_text("15 answers to the same prompts")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_text("Only where the scores differ").click()
    expect(page.get_by_text("1 answers to the same prompts")).to_be_visible()
    expect(page).to_have_url(re.compile("different=true"))
