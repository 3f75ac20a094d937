"""Models side by side: pairing by hand, only what differs, the page."""

import re

from playwright.sync_api import Page, expect
from sqlmodel import select

from backend.analysis import comparison
from backend.analysis.scores import scores_table
from backend.db import session
from backend.figures.effects import paired_plot
from backend.probes.loading import load_probe
from models.tables import Evaluation, Job, Score
from tests.screens import open_page, texts


def models_of(job: Job) -> list[str]:
    return list(scores_table([job.id])["model"].unique())


def unlike(job: Job) -> None:
    """Let the second model's first answer be said to be of the other side."""
    with session() as db:
        wanted = select(Score).join(Evaluation).where(Score.scorer == "pattern")
        score = db.exec(wanted.where(Evaluation.model == models_of(job)[1])).first()
        assert score
        score.value, score.answer = 0.0, load_probe("nineteenth_century").sides.other


def test_contrasts_are_paired_and_differ_by_what_they_do(scored: Job) -> None:
    table, models = scores_table([scored.id]), models_of(scored)
    pairs = comparison.contrasts(table, models)
    assert len(pairs) == 30
    found = comparison.differences(pairs, *models)
    assert len(found) == 16 and {each.estimate.value for each in found} == {2.0}
    assert found[-1].prompt is None and found[-1].p is not None and found[-1].p < 0.001
    roles = dict(zip(table["model"], table["role"], strict=True))
    figure = paired_plot(pairs, *models, roles, load_probe("nineteenth_century"))
    assert list(figure.data[1].y - figure.data[1].x) == [2.0] * 30


def test_only_answers_that_differ_are_left(scored: Job) -> None:
    models = models_of(scored)
    table = scores_table([scored.id])
    assert len(comparison.answers(table, "pattern", models, only_different=False)) == 15
    assert comparison.answers(table, "pattern", models, only_different=True).empty
    unlike(scored)
    found = comparison.answers(scores_table([scored.id]), "pattern", models, only_different=True)
    assert len(found) == 1
    assert found[f"{models[0]} score"][0] != found[f"{models[1]} score"][0]


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
    unlike(scored)
    page.goto(f"{app_url}/compare?evaluation={scored.id}")
    expect(page.get_by_text("15 answers to the same prompts")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_text("Only where the scores differ").click()
    expect(page.get_by_text("1 answers to the same prompts")).to_be_visible()
    expect(page).to_have_url(re.compile("different=true"))
