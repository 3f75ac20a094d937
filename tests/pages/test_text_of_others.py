"""Texts of files, models and hosts are drawn as texts: on no page are they read as Markdown."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.config import ROOT
from backend.machine.ports import free_port
from components.text import PASSAGE, cells, highlighted, plain, start_of
from tests.hostile import Watch
from tests.markdown_calls import SCREENS, unsafe_texts
from tests.processes import responds, wait_until


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_that_is_read_as_markdown_is_a_literal_or_plain(path: Path) -> None:
    assert unsafe_texts(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(probe.title)",
        "st.caption(f'{plain(a)} {b}')",
        "st.button('Go', help=probe.title)",
        "st.radio('Which?', titles)",
        "st.radio('Which?', [1], format_func=lambda key: titles[key])",
        "st.selectbox('Which?', titles)",
        "st.expander(' '.join(f'{n:,} {title}' for n, title in titles))",
        "text = plain(a)\n    text += b\n    st.error(text)",
        "parts = []\n    parts.append(a)\n    st.tabs(parts)",
        "st.text(answer)",
        "st.badge(plain(answer))",
        "st.dataframe(rows)",
    ],
)
def test_a_text_that_could_be_of_others_is_found(line: str, tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(f"def page(probe, titles, a, b, answer, rows):\n    {line}\n")
    assert len(unsafe_texts(page)) == 1


@pytest.fixture
def labels_url() -> Iterator[str]:
    """The address of a page that draws hostile texts in every label."""
    port = free_port()
    script = ROOT / "tests" / "pages" / "labels_of_others.py"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    app = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    wait_until(lambda: responds(f"http://127.0.0.1:{port}/_stcore/health"))
    yield f"http://127.0.0.1:{port}"
    app.terminate()
    app.wait()


def test_hostile_texts_are_texts_in_every_label(labels_url: str, browser_page: Page) -> None:
    page, watch = browser_page, Watch(browser_page)
    page.goto(labels_url)
    expect(page.get_by_text("All is drawn.")).to_be_visible()
    assert watch.found() == []
    page.get_by_role("button", name="Help", exact=True).last.focus()
    expect(page.get_by_test_id("stTooltipContent").last).to_contain_text("evil.example")
    assert watch.found() == []
    expect(page.get_by_text("evil.example").first).to_be_visible()
    expect(page.get_by_text("a -> b -- c").first).to_be_visible()


def test_what_is_invisible_is_named_and_emoji_stay() -> None:
    assert "\u202e" not in plain("\u202egpj.exe") and "202E" in plain("\u202egpj.exe")
    assert start_of("a\r\nb\x1b[31m\ud800") == "a\nb⟨U+001B⟩[31m⟨U+D800⟩"
    family = "👨‍👩‍👧 ✌️ क्‍ष"
    assert plain(family) == family


def test_a_long_text_is_cut_everywhere() -> None:
    answer = "x" * 1_000_000
    assert len(start_of(answer)) == len(highlighted(answer, set())) == PASSAGE
    assert plain(answer).endswith(r"997\,000 more characters\)") and len(plain(answer)) < 4000
    assert len(cells([{"answer": answer}])["answer"][0]) < 3000
