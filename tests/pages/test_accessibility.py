"""Every page can be read by all: axe-core finds nothing serious, in light and dark."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.config import ROOT
from models.tables import Job

NOT_OURS = [
    "[data-testid=stSidebarNavItems]",  # A list with sections for children.
    "kbd",  # The shortcut in a button is fainter than its label.
    "[data-testid=stSliderThumbValue]",  # In dark, one colour is text and behind white text.
    "button[data-selected=true]",  # The same.
    "[data-testid=stSlider] span[aria-hidden=true]",  # The label of a slider that is off.
]
"""What Streamlit draws, and no setting of ours changes."""
GRAVE = {"serious", "critical"}
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(
    scored: Job, app_url: str, browser_page: Page, scheme: Literal["light", "dark"]
) -> None:
    browser_page.emulate_media(color_scheme=scheme)
    found = {name: grave_faults(browser_page, f"{app_url}/{name}") for name in PAGES}
    assert {name: faults for name, faults in found.items() if faults} == {}


def grave_faults(page: Page, address: str) -> list[str]:
    """Open a page and return its faults, each with the element that has it."""
    page.goto(address.removesuffix("/home"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    found = Axe().run(page, context={"exclude": [[selector] for selector in NOT_OURS]})
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found.response["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def test_a_chart_has_a_name_and_one_stop_for_the_keyboard(
    scored: Job, app_url: str, browser_page: Page
) -> None:
    browser_page.goto(f"{app_url}/results?evaluation={scored.id}")
    chart = browser_page.get_by_test_id("stPlotlyChart").first
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    named = browser_page.locator("[data-testid=stPlotlyChart] [aria-label]").first
    expect(named).to_be_attached()
    stops = chart.locator("button, a[href], [tabindex='0']")
    assert stops.count() <= 1
