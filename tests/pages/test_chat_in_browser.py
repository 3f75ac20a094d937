"""An answer goes on while nobody looks, and every look finds it."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.scripted_engine import ScriptedEngine


def test_an_answer_is_found_again_after_leaving_a_refresh_and_in_a_second_tab(
    engine: type[ScriptedEngine],
    app_url: str,
    browser_page: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, event = threading.Event(), engine._event

    def wait_in_the_middle(self: Any, part: dict[str, Any]) -> None:
        if part["choices"][0]["delta"].get("content") == "ship.":
            go.wait(300)
        event(self, part)

    monkeypatch.setattr(engine, "_event", wait_in_the_middle)
    page = browser_page
    page.goto(f"{app_url}/chat")
    question = page.get_by_test_id("stChatInputTextArea")
    question.fill("How?")
    question.press("Enter")
    half = page.get_by_text("By steam", exact=True)
    expect(half).to_have_count(2)
    page.get_by_role("link", name="Datasets", exact=True).click()
    expect(page.get_by_role("heading", name="Datasets")).to_be_visible()
    page.get_by_role("link", name="Chat", exact=True).click()
    expect(half).to_have_count(2)
    page.reload()
    expect(half).to_have_count(2)
    assert page.context.browser
    other = page.context.browser.new_page()
    other.goto(page.url)
    expect(other.get_by_text("By steam", exact=True)).to_have_count(2)
    go.set()
    for tab in (page, other):
        expect(tab.get_by_text("By steamship.", exact=True)).to_have_count(2)
        expect(tab.get_by_text("(no answer)")).to_have_count(0)
    assert len(engine.requests) == 2
