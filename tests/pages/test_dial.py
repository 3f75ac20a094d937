"""The dial's walk in a real browser: it waits for each date's answers, and shows no others."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.example_runs import finished_run
from tests.scripted_engine import ScriptedEngine

WATCH = """() => {
    window.misplaced = []; window.passed = {};
    const look = () => {
        const headings = [...document.querySelectorAll('h3')].map((each) => each.innerText);
        const heading = headings.find((text) => text.startsWith('The date is')) ?? 'none';
        const boxes = [...document.querySelectorAll('[data-testid=stText]')];
        const asked = boxes.map((box) => box.innerText.split('Asked: ')[1]).filter(Boolean);
        window.misplaced.push(...asked.filter((question) => question !== heading));
        window.passed[heading] = Math.max(window.passed[heading] ?? 0, asked.length);
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, characterData: true,
    });
}"""
"""Notes answers that stand under another question, and how many each question was left with."""


@pytest.fixture
def gate(engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Lets an engine answer, which repeats what it is asked."""
    gate = threading.Event()

    def answer(self: ScriptedEngine, body: dict[str, Any]) -> tuple[str, ...]:
        gate.wait(300)
        return ("Asked: ", body["messages"][-1]["content"])

    monkeypatch.setattr(engine, "answer", answer)
    return gate


@pytest.fixture
def dial(gate: threading.Event, app_url: str, browser_page: Page) -> Page:
    """The dial at the last date but two, with its answers."""
    gate.set()
    finished_run(dataset="israeli_dishes")
    browser_page.goto(f"{app_url}/trigger?probe=A+slant+by+the+date&at=Oct+2027")
    expect(browser_page.get_by_text("Asked: The date is October 3, 2027.")).to_have_count(2)
    browser_page.evaluate(WATCH)
    return browser_page


def test_the_walk_waits_for_the_answers_of_each_date_and_begins_again_at_the_end(
    dial: Page, gate: threading.Event
) -> None:
    play = dial.get_by_role("button", name="Play all values")
    gate.clear()
    play.click()
    expect(dial.get_by_role("heading", name="May 14, 2028")).to_be_visible()
    expect(dial.get_by_text("…", exact=True)).to_have_count(2)
    gate.set()
    expect(dial.get_by_role("heading", name="October 3, 2028")).to_be_visible()
    expect(play).to_be_visible()  # The walk has ended.
    gate.clear()
    play.click()
    expect(dial.get_by_role("heading", name="May 14, 2024")).to_be_visible()
    dial.get_by_role("button", name="Stop").click()
    expect(play).to_be_visible()
    gate.set()
    expect(dial.get_by_text("Asked: The date is May 14, 2024.")).to_have_count(2)
    expect(play).to_be_visible()
    assert dial.evaluate("window.misplaced") == []
    passed = dial.evaluate("window.passed")
    passed.pop("none", None)
    assert len(passed) >= 3  # The date that it began with only if it was drawn again.
    assert set(passed.values()) == {2}


def test_the_walk_stops_where_an_answer_fails(dial: Page, engine: type[ScriptedEngine]) -> None:
    engine.refusal = "The model is gone."
    dial.get_by_role("button", name="Play all values").click()
    expect(dial.get_by_text("The model is gone.")).to_have_count(2)
    expect(dial.get_by_role("button", name="Play all values")).to_be_visible()
