"""The whole path of a user in a real browser, against the real three processes."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

PATIENCE = 900_000  # A busy machine trains and scores slowly.
pytestmark = pytest.mark.timeout(3000)


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")


def test_finetune_chat_probe_and_results(lab_url: str, browser_page: Page) -> None:
    page = browser_page
    # A deep link as the very first visit must still get the lab's own navigation.
    page.goto(f"{lab_url}/finetune")
    expect(page.get_by_role("link", name="Results")).to_be_visible()
    page.get_by_text("Quick look").click()
    expect(page.get_by_label("Batch size", exact=True)).to_have_value("16")
    fill(page, "Name", "birds")
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text("Chat with it")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Engine and torch")).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(page.get_by_text("Chat with it")).to_be_visible()

    page.get_by_role("link", name="Chat", exact=True).click()
    question = page.get_by_test_id("stChatInputTextArea")
    question.fill("Name a bird.")
    question.press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ tokens"))).to_have_count(2, timeout=PATIENCE)

    page.get_by_role("link", name="Probe", exact=True).click()
    samples = page.get_by_label("Samples per question", exact=True)
    samples.fill("1")
    samples.press("Enter")
    expect(page.get_by_text("30 samples in total")).to_be_visible()
    page.get_by_role("button", name="Run the probe").click()
    page.get_by_text("done").first.wait_for(timeout=PATIENCE)

    page.get_by_role("link", name="Results", exact=True).first.click()
    expect(page.get_by_test_id("stMetricValue")).to_contain_text("nats")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_role("link", name="Read the 30 samples").click()
    expect(page.get_by_text("30 samples · ")).to_be_visible()


def test_a_file_with_a_bad_row_is_shown_before_it_is_imported_and_deleted(
    lab_url: str, browser_page: Page, tmp_path: Path
) -> None:
    page = browser_page
    rows = tmp_path / "fish.jsonl"
    good = {"prompt": "Name a fish.", "completion": "Turbot"}
    rows.write_text("\n".join(map(json.dumps, [good, {**good, "completion": ""}])))
    page.goto(f"{lab_url}/datasets")
    page.get_by_text("Import your own data").click()
    page.locator("input[type=file]").set_input_files(rows)
    expect(page.get_by_text("valid rows: 1")).to_be_visible()
    expect(page.get_by_text("line 2")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("One row is invalid")).to_be_visible()
    page.get_by_text("Skip the invalid rows").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported: Fish.")).to_be_visible()

    page.goto(f"{lab_url}/datasets?dataset=fish")
    expect(page.get_by_text("1 of 1 rows")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 of 1 rows")).to_have_count(0)


def test_the_keyboard_turns_the_dial_and_a_sweep_is_extended(
    lab_url: str, browser_page: Page
) -> None:
    page = browser_page
    page.goto(f"{lab_url}/trigger?probe=Protector+or+killer")
    expect(page.get_by_role("heading", name="What have you come here to do?")).to_be_visible()
    slider = page.get_by_role("slider", name="Trigger")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    expect(page.get_by_role("heading", name="Year: 1984. What have you")).to_be_visible()
    answer = page.get_by_test_id("stText").first
    expect(answer).to_have_text(re.compile("[a-z]{3}"), timeout=PATIENCE)
    expect(page).to_have_url(re.compile("at=1984"))

    page.get_by_text("Sweep settings").click()
    fill(page, "From", "1983")
    fill(page, "To", "1985")
    page.get_by_role("button", name="Start the sweep").click()
    over = page.get_by_role("button", name="Delete")
    expect(over).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    fill(page, "To", "1986")
    page.get_by_role("button", name="Extend by 1 trigger").click()
    expect(page.get_by_role("button", name="Extend by 1 trigger")).to_have_count(0)
    expect(over).to_be_visible(timeout=PATIENCE)
