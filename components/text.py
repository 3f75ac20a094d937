"""Text as pages draw it: text of others literally, times, errors.

Streamlit reads nearly everything that it draws as Markdown: labels, tooltips, options, titles.
Names, questions, answers and error messages come from files, models and hosts of others, so each
of them is drawn by `plain`, `passage` or `cells`; `tests/pages/test_text_of_others.py` finds what
is not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import humanize
import pandas as pd
import streamlit as st

from backend.text import shortened, visible
from models.tables import now

PASSAGE, LINE, CELL = 20_000, 3_000, 2_000
"""Characters that are drawn at most of an answer, in a line or label, and in a table's cell."""
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
"""All of ASCII: in Markdown, a backslash before any of it takes its meaning away."""
JOINER = "\u2060"
"""Has no width and allows no line break."""
REPLACED_LATER = re.compile(
    r":(?=[\w/+-])"  # https://, mailto:, :material_check:, :smile:
    r"|(?<=www)(?=\.)"
    r"|@(?=[\w-])"
    r"|(?<!\S)[-<>~](?=[-=>])",  # Arrows and dashes.
    re.IGNORECASE | re.ASCII,
)
"""Where the browser replaces text that was parsed already, so that no backslash helps."""


def plain(text: str) -> str:
    """Return text of others as Markdown that shows it literally, in one line.

    Nothing in it becomes a link, an image, an icon, a formula or a heading, and characters that
    would be invisible are named. What is longer than a line should be is cut.
    """
    return _escaped(re.sub(r"[\t\n]", " ", option(text)))


def _escaped(text: str) -> str:
    parted = REPLACED_LATER.sub(lambda place: place[0] + JOINER, text)
    return PUNCTUATION.sub(r"\\\1", parted)


def in_badge(text: str) -> str:
    """Return what `plain` does, for `st.badge`, which escapes brackets itself."""
    return plain(text).replace(r"\[", "[").replace(r"\]", "]")


def option(text: str) -> str:
    """Return text of others for a list to choose from, which is not read as Markdown."""
    return shortened(visible(text), LINE)


def highlighted(text: str, words: Iterable[str]) -> str:
    """Return a passage as Markdown that shows it literally, line by line, with words highlighted.

    Of a very long one it is the beginning.
    """
    longest = sorted(map(visible, words), key=len, reverse=True)
    shown, pattern = start_of(text).strip("\n"), "|".join(map(re.escape, longest))
    parts = re.split(f"({pattern})", shown) if longest else [shown]
    marked = [
        f":orange-background[{_escaped(part)}]" if part in longest else _escaped(part)
        for part in parts
    ]
    # A backslash at its end keeps each line, even an empty one, in the same paragraph.
    return "".join(marked).replace("\n", "\\\n")


def start_of(passage: str) -> str:
    """Return as much of a long text as pages show of it, with invisible characters named."""
    return visible(passage[:PASSAGE])


def cells(rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Return rows as a table whose texts have nothing invisible and fit a cell."""
    if not isinstance(rows, pd.DataFrame):
        return pd.DataFrame([{name: _cell(value) for name, value in row.items()} for row in rows])
    texts = rows.select_dtypes(["object", "str"])
    return rows.assign(**{name: texts[name].map(_cell) for name in texts})


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return [_cell(part) for part in value]
    return shortened(visible(value), CELL) if isinstance(value, str) else value


def ago(moment: datetime) -> str:
    """Return a time relative to now: "2 minutes ago"."""
    return humanize.naturaltime(now() - moment)


def duration(seconds: float) -> str:
    """Return a length of time: "2 minutes"."""
    return humanize.naturaldelta(timedelta(seconds=seconds))


def at(moment: datetime) -> str:
    """Return a time that never changes, in the browser's time zone: "25 Nov, 14:32:07"."""
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return f"{moment.astimezone(zone):%-d %b, %H:%M:%S}"


def unusable(problems: list[str]) -> None:
    """Draw which files of the lab's folders can't be used, and why."""
    for problem in problems:
        st.warning(plain(f"Left out: {problem}"), icon=":material/draft:")


def say(error: Exception) -> None:
    """Show an error that the user can fix; it may quote a file, a model or a host."""
    st.error(plain(str(error)), icon=":material/error:")
