"""The page of samples: links, filters, and labels by keyboard in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from backend.analysis import samples
from backend.analysis.rates import rates
from backend.analysis.samples import SampleFilter
from backend.analysis.scores import scores_table
from backend.db import session
from backend.evaluation.labels import note_of, set_label
from backend.probes.loading import load_probe
from components.evaluation.sample import highlighted
from models.tables import Job, Sample
from tests.screens import open_page, texts


def test_marked_words_leave_untrusted_text_as_it_is() -> None:
    shown = highlighted("a **steam** <b>engine</b>", {"steam"})
    assert ":orange-background[steam]" in shown and "\\*\\*" in shown and "\\<b\\>" in shown


def test_a_sample_tells_what_produced_it(scored: Job) -> None:
    row = samples.find(SampleFilter(job=scored.id))[-1]
    page = open_page("samples", evaluation=scored.id, sample=str(row.id))
    one = samples.get(row.id)
    assert one.origin.text == row.origin and row.origin in texts(page)
    assert one.origin.seed == one.sample.seed and one.origin.strength == 1


def test_a_link_to_a_sample_that_is_gone_says_so(scored: Job) -> None:
    page = open_page("samples", evaluation=scored.id, sample="999999")
    assert "There is no sample" in texts(page)


@pytest.mark.parametrize("parameter", ["after", "before", "sample"])
def test_no_number_in_a_link_is_too_much(scored: Job, parameter: str) -> None:
    page = open_page("samples", **{"evaluation": scored.id, parameter: "9" * 30})
    assert "There is no sample" in texts(page) or "samples · select a row" in texts(page)


def test_what_is_no_id_of_a_sample_names_none() -> None:
    wrong = ("", "9" * 19, "9" * 5000, "-1", "1e9", "²", "\x00")
    assert {samples.id_of(text) for text in wrong} == {0}
    assert samples.id_of("42") == 42 and samples.id_of("9" * 18) < 2**63


def test_a_sample_that_the_filters_leave_out_says_so(scored: Job) -> None:
    one = str(samples.find(SampleFilter(job=scored.id))[0].id)
    link = {"evaluation": scored.id, "sample": one}
    assert "leave this sample out" not in texts(open_page("samples", **link, words="telegraph"))
    assert "leave this sample out" in texts(open_page("samples", **link, words="steamship"))


def test_answers_of_all_evaluations_are_searched_and_one_opens_in_its_own(scored: Job) -> None:
    page = open_page("samples", all="true", words="telegraph")
    assert "30 samples" in texts(page)
    shown = page.dataframe[0].value
    assert set(shown["probe"]) == {"19th century"} and len(shown) == 30
    assert "No samples match" in texts(open_page("samples", all="true", words="steamship"))
    row = samples.find(SampleFilter(probe="nineteenth_century", words="telegraph"))[0]
    assert row.job == scored.id and not samples.count(SampleFilter(probe="another"))


def test_labels_are_counted_and_have_a_note(scored: Job) -> None:
    sample = samples.find(SampleFilter(job=scored.id))[0].id
    link = {"evaluation": scored.id, "sample": str(sample)}
    assert "0 of 30 labelled" in texts(open_page("samples", **link))
    sides = load_probe("nineteenth_century").sides
    set_label(sample, "target", sides)
    page = open_page("samples", **link)
    page.text_input(key=f"note-{sample}").set_value("a telegraph is old").run()
    assert not page.exception and "1 of 30 labelled" in texts(page)
    assert note_of(sample) == "a telegraph is old"
    set_label(sample, "other", sides)
    said = scores_table([scored.id], scorer="human")["explanation"].tolist()
    assert said == ["labelled by hand: a telegraph is old"]


def test_an_evaluation_without_samples_says_where_its_contrasts_are(
    scored: Job,
) -> None:
    with session() as db:
        for sample in db.exec(select(Sample)):
            db.delete(sample)
    assert "Nothing was sampled here" in texts(open_page("samples", evaluation=scored.id))


def test_samples_are_read_and_labelled_by_keyboard(
    scored: Job,
    app_url: str,
    browser_page: Page,
) -> None:
    page = browser_page
    first, second, *_ = samples.find(SampleFilter(job=scored.id))
    page.goto(f"{app_url}/samples?evaluation={scored.id}")
    expect(page.get_by_text("30 samples · ")).to_be_visible()
    page.goto(f"{app_url}/samples?evaluation={scored.id}&sample={first.id}")
    expect(page.get_by_text("By <b>telegraph</b>")).to_be_visible()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.keyboard.press("2")
    expect(page.get_by_text("your label takes precedence")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Previous")).to_be_enabled()
    expect(page).to_have_url(re.compile(f"sample={second.id}"))
    page.get_by_role("button", name="Label blind").click()
    expect(page.get_by_text("Lineage")).to_have_count(0)
    expect(page.get_by_text(second.model)).to_have_count(0)
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Remove label")).to_be_visible()
    assert rates(scores_table([scored.id]), "human")[0].scored == 2
