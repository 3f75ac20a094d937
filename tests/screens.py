"""The app's screens without a browser: open one, read it, find its buttons."""

import re

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from backend.config import ROOT
from components.text import JOINER


def open_page(name: str, **query: str) -> AppTest:
    """Open a page of the app by a link with query parameters."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page(f"pages/{name}.py")
    page.run()
    assert not page.exception, page.exception
    return page


def texts(page: AppTest) -> str:
    """Return what a page says outside of its figures and tables, without what escapes it."""
    parts = [*page.markdown, *page.info, *page.error, *page.warning, *page.caption, *page.success]
    return read("\n".join(str(part.value) for part in parts))


def metrics_on(page: AppTest) -> list[str]:
    """Return the values of a page's metrics."""
    return [read(metric.value) for metric in page.metric]


def read(markdown: str) -> str:
    """Return Markdown without its backslashes and joiners."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(JOINER, "")


def button(page: AppTest, label: str) -> Button:
    """Return the first button of a label."""
    return next(button for button in page.button if button.label == label)
