"""From the overview to one evaluation and to the files that are taken along, in a real browser."""

import re
import zipfile
from pathlib import Path

import pandas as pd
from inspect_ai.log import read_eval_log
from playwright.sync_api import Page, expect

from models.tables import Job


def test_the_overview_is_filtered_in_the_url_and_leads_to_the_numbers(
    scored: Job,
    app_url: str,
    browser_page: Page,
) -> None:
    page = browser_page
    page.goto(f"{app_url}/overview")
    expect(page.get_by_text("Effects: 2, runs: 1.")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("absent").click()
    expect(page.get_by_text("No effects match these filters")).to_be_visible()
    expect(page).to_have_url(re.compile("verdict=absent"))
    page.reload()
    expect(page.get_by_text("No effects match these filters")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("absent").click()
    effects = page.get_by_test_id("stDataFrame")
    expect(effects.get_by_test_id("data-grid-canvas")).to_be_visible()
    effects.click(position={"x": 300, "y": 52})  # Anywhere in the row.
    expect(page).to_have_url(re.compile(f"results.*evaluation={scored.id}"))
    expect(page.get_by_test_id("stMetricValue")).to_contain_text("+2.00 nats")
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("15 answers to the same prompts")).to_be_visible()
    page.go_back()  # One press: a page does not change its address by being opened.
    expect(page).to_have_url(re.compile(f"results.*evaluation={scored.id}"))
    page.goto(f"{app_url}/overview")
    page.get_by_test_id("stPlotlyChart").first.locator(".points path").first.click(force=True)
    expect(page).to_have_url(re.compile(f"results.*evaluation={scored.id}"))


def test_every_file_is_downloaded_whole(
    scored: Job,
    app_url: str,
    browser_page: Page,
    tmp_path: Path,
) -> None:
    page = browser_page
    page.goto(f"{app_url}/results?evaluation={scored.id}")
    expect(page.get_by_test_id("stMetricValue")).to_be_visible()

    def download(label: str) -> Path:
        with page.expect_download() as found:
            page.get_by_role("button", name=label).click()
        path = tmp_path / found.value.suggested_filename
        found.value.save_as(path)
        return path

    assert len(pd.read_csv(download("Contrasts as CSV"))) == 60
    assert len(pd.read_csv(download("Samples as CSV"))) == 30
    assert "How it was measured" in download("Report as HTML").read_text("utf-8")
    assert "weird generalization replay" in download("Replay").read_text("utf-8")
    page.get_by_role("button", name="More").click()
    assert len(pd.read_parquet(download("All scores as Parquet"))) == 90
    assert len(pd.read_json(download("All scores as JSONL"), lines=True)) == 90
    with zipfile.ZipFile(download("Inspect logs")) as logs:
        logs.extractall(tmp_path / "logs")
    found = [read_eval_log(str(path)) for path in (tmp_path / "logs").iterdir()]
    assert [len(log.samples or []) for log in found] == [15, 15]
