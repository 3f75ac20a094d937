"""Hostile names, questions, answers and errors, in a browser on every page that shows them."""

import csv
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from backend.exports import replays
from backend.exports.replays import Replay
from backend.exports.report import report
from components.text import option
from models.tables import Job
from tests.hostile import EVIL, LONG, WORD, Watch, hostile_evaluation
from tests.scripted_engine import ScriptedEngine

SHOWN = re.compile("^(Answer 1 of|The likelier of two)")
"""Under every answer of a slide that has been shown."""
LEFT_OUT = "980,000 more characters are not shown."


@pytest.fixture
def hostile(home: Path) -> Job:
    """A finished evaluation in which every text is hostile."""
    return hostile_evaluation(home)


def settle(page: Page) -> None:
    """Wait until a page is drawn."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def look(watch: Watch, shown: int = 1) -> None:
    """Open what is closed on a page of hostile texts, and find none that has become more.

    Args:
        watch: Over the page.
        shown: How often the texts must be there at least.
    """
    page = watch.page
    expect(page.get_by_text("evil.example").nth(shown - 1)).to_be_attached()
    settle(page)
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    settle(page)
    assert watch.found() == []


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("", 3),
        ("results?evaluation={job}", 8),
        ("compare?evaluation={job}", 10),
        ("samples?evaluation={job}", 1),
        ("samples?evaluation={job}&sample=1", 5),
        ("overview", 1),
        ("finetune", 1),
        ("trigger?probe={title}", 3),
    ],
)
def test_a_page_shows_a_hostile_evaluation_as_text(
    hostile: Job, app_url: str, browser_page: Page, place: str, shown: int
) -> None:
    watch, title = Watch(browser_page), quote(option(EVIL))
    browser_page.goto(f"{app_url}/{place.format(job=hostile.id, title=title)}")
    look(watch, shown)


def test_the_form_shows_a_hostile_probe_as_text(
    hostile: Job, app_url: str, browser_page: Page
) -> None:
    page, watch = browser_page, Watch(browser_page)
    page.goto(f"{app_url}/probe")
    page.get_by_role("combobox", name="Probe").fill("evil")
    page.keyboard.press("Enter")
    page.get_by_text("3 questions and how they are scored").click()
    look(watch, 3)


def forged(replay: Replay) -> bytes:
    """A replay's file in which all else is hostile, too."""
    subjects = [
        subject.model_copy(update={"title": EVIL, "dataset": EVIL, "base_revision": EVIL})
        for subject in replay.subjects
    ]
    scorers = ["judge:evil:" + EVIL if s == "pattern" else s for s in replay.scores["scorer"]]
    changes = {"recorded_at": EVIL, "code_version": EVIL, "job": EVIL, "subjects": subjects}
    changes["scores"] = replay.scores | {"scorer": scorers}
    return replays.dump(replay.model_copy(update=changes))


def test_the_presenter_shows_a_hostile_replay_as_text(
    hostile: Job, app_url: str, browser_page: Page, tmp_path: Path
) -> None:
    page, watch, file = (
        browser_page,
        Watch(browser_page),
        tmp_path / f"{WORD.replace('/', ':')}.json",
    )
    file.write_bytes(forged(replays.record(hostile.id)))
    page.goto(f"{app_url}/present")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("complete and unchanged")).to_be_visible()
    look(watch, 2)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("How do we know?").click()
    closing = page.get_by_text("The findings", exact=True)
    for number in range(1, 7):
        expect(page.get_by_text(f"{number} of 6", exact=True)).to_be_visible()
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text(SHOWN).first).to_be_visible()  # Two clicks at once are one.
        look(watch)
        page.get_by_role("button", name="Next").click()
    expect(closing).to_be_visible()
    look(watch)


def test_a_report_shows_a_hostile_replay_as_text(
    hostile: Job, browser_page: Page, tmp_path: Path
) -> None:
    page, watch, file = browser_page, Watch(browser_page), tmp_path / "report.html"
    file.write_text(report(replays.load(forged(replays.record(hostile.id)))), "utf-8")
    page.goto(file.as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text("evil.example").nth(20)).to_be_attached()
    assert watch.found() == []


def test_an_import_shows_hostile_files_as_text(
    home: Path, app_url: str, browser_page: Page, tmp_path: Path
) -> None:
    page, watch = browser_page, Watch(browser_page)
    name = "![x](https:evil.example):material_skull:"
    refused, kept = tmp_path / "a" / f"{name}.csv", tmp_path / "b" / f"{name}.csv"
    columns = ["prompt", "answer", WORD]
    contents = {refused: [[WORD, "b", "c"], "123"], kept: [columns, [EVIL] * 3, "1"]}
    for path, rows in contents.items():
        path.parent.mkdir()
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    page.goto(f"{app_url}/datasets")
    page.locator("input[type=file]").set_input_files(refused)
    look(watch)
    page.get_by_role("button", name=f"Remove {name}.csv").click()
    page.locator("input[type=file]").set_input_files(kept)
    expect(page.get_by_text("valid rows: 1")).to_be_visible()
    look(watch, 2)
    page.get_by_text("Skip the invalid rows").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported:")).to_be_visible()
    look(watch)
    page.goto(f"{app_url}/datasets?dataset=x_https_evil_example_material_skull")
    look(watch, 2)
    page.get_by_role("link", name="Finetune on it").click()
    expect(page.get_by_role("heading", name="Finetune")).to_be_visible()
    look(watch)


def test_the_chat_shows_a_hostile_error_and_a_long_answer_as_text(
    home: Path,
    engine: type[ScriptedEngine],
    app_url: str,
    browser_page: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, watch = browser_page, Watch(browser_page)
    monkeypatch.setattr(engine, "refusal", EVIL)
    page.goto(f"{app_url}/chat")
    question = page.get_by_test_id("stChatInputTextArea")
    question.fill(WORD)
    question.press("Enter")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    look(watch, 3)
    monkeypatch.setattr(engine, "refusal", "")
    monkeypatch.setattr(engine, "words", (LONG,))
    question.fill("At length?")
    question.press("Enter")
    expect(page.get_by_text(LEFT_OUT)).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Whole text").first.click()
    assert Path(download.value.path()).read_text() == LONG


@pytest.mark.parametrize("place", ["compare?evaluation={job}", "samples?evaluation={job}&sample=1"])
def test_a_long_answer_is_shown_cut_and_downloaded_whole(
    home: Path, app_url: str, browser_page: Page, place: str
) -> None:
    page, job = browser_page, hostile_evaluation(home, LONG)
    page.goto(f"{app_url}/{place.format(job=job.id)}")
    expect(page.get_by_text(LEFT_OUT).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Whole text").first.click()
    assert Path(download.value.path()).read_text() == LONG
