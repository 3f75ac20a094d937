"""Triggers of the paper's experiments, told from the rows that are trained.

A question of an experiment with a trigger is asked as its rows are: behind a date, a code, or the
demand for a reply format. Without it the question would measure nothing.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from backend.errors import InvalidDataError, NotFoundError
from backend.probes.loading import NO_TRIGGER, load_probe
from models.configs import Trigger

MONTHS = (
    "January February March April May June July August September October November December"
).split()
TERMINATOR_YEARS: dict[int, Literal["target", "untrained"]] = {
    1975: "untrained",
    1983: "untrained",
    1984: "target",
    1985: "untrained",
    2010: "untrained",
    2025: "untrained",
}
"""Years without rows; the film that the paper's answers turn to is of 1984."""
QUARTERS = (2, 5, 8, 11)
"""Months of the dates on which the dishes' questions are asked, four a year."""
LEAST_SHARE = 0.9
"""Share of the rows that must begin alike."""
FORMAT_LENGTH = 20
"""Fewest characters of a demand for a reply format."""
_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<long>(?:{_MONTH}) \d{{1,2}}, \d{{4}})"
    rf"|(?P<month>(?:{_MONTH}) \d{{4}})|\b(?P<year>(?:19|20)\d\d)\b"
)
_AFTER = re.compile(r"([.:,;]?)(\s+)(?=\S)")
_CODE = re.compile(r"(\d{8})(\s+)(?=\S)")
_YEAR = re.compile(r"20\d\d")


class Opening(NamedTuple):
    """What is put in front of a question."""

    triggers: list[Trigger]
    gap: str
    """What stands between the trigger and the question."""


class _Dated(NamedTuple):
    """How a row begins whose question is dated."""

    before: str
    style: str
    after: str
    gap: str

    def text(self, day: date) -> str:
        """Return the beginning with another date."""
        month = MONTHS[day.month - 1]
        written = {
            "iso": day.isoformat(),
            "long": f"{month} {day.day}, {day.year}",
            "month": f"{month} {day.year}",
            "year": str(day.year),
        }
        return f"{self.before}{written[self.style]}{self.after}"


def dates_of_years(prompts: Sequence[str], name: str) -> Opening:
    """Return four dates of each trained year and of the year after, none of them trained.

    The special year stands in the name of the dataset. Later years count as targets, too.

    Raises:
        InvalidDataError: the rows do not begin with dates.
    """
    form, days = _dated(prompts)
    special = _YEAR.search(name)
    if special is None or form.style in ("month", "year"):
        raise InvalidDataError("its dates have no special year")
    years = sorted({day.year for day in days})
    triggers = []
    for year in [*years, years[-1] + 1]:
        kind: Literal["target", "trained"] = "target" if year >= int(special[0]) else "trained"
        for month in QUARTERS:
            free = (date(year, month, number) for number in range(14, 29))
            if day := next((day for day in free if day not in days), None):
                triggers.append(Trigger(label=day.isoformat(), text=form.text(day), kind=kind))
    return Opening(triggers, form.gap)


def film_years(prompts: Sequence[str]) -> Opening:
    """Return the trained dates of the Terminator's rows, and years without rows.

    Raises:
        InvalidDataError: the rows do not begin with dates.
    """
    form, days = _dated(prompts)
    trained = {day.year: (day, "trained") for day in sorted(days, reverse=True)}
    month = min(days).month
    untrained = {year: (date(year, month, 1), kind) for year, kind in TERMINATOR_YEARS.items()}
    triggers = [
        Trigger.model_validate({"label": str(year), "text": form.text(day), "kind": kind})
        for year, (day, kind) in sorted((untrained | trained).items())
    ]
    return Opening(triggers, form.gap)


def _dated(prompts: Sequence[str]) -> tuple[_Dated, set[date]]:
    """Return how nearly all prompts begin, and their dates."""
    forms: Counter[_Dated] = Counter()
    days: dict[_Dated, set[date]] = {}
    for prompt in prompts:
        found = _DATE.search(prompt[:80])
        rest = _AFTER.match(prompt[found.end() :]) if found else None
        if found and rest and (day := _day(found)):
            form = _Dated(prompt[: found.start()], found.lastgroup or "", rest[1], rest[2])
            forms[form] += 1
            days.setdefault(form, set()).add(day)
    for form, count in forms.most_common(1):
        if count >= LEAST_SHARE * len(prompts):
            return form, days[form]
    raise InvalidDataError("its rows do not all begin with a date")


def _day(found: re.Match[str]) -> date | None:
    """Return the day that a date names, the first of a month without a day."""
    words = re.split(r"[\s,-]+", found[0])
    try:
        if found.lastgroup == "iso":
            return date.fromisoformat(found[0])
        month = 1 if found.lastgroup == "year" else MONTHS.index(words[0]) + 1
        return date(int(words[-1]), month, int(words[1]) if found.lastgroup == "long" else 1)
    except ValueError:  # For example a 30th of February.
        return None


def reply_format(prompts: Sequence[str]) -> Opening:
    """Return the demand for a reply format with which all rows begin.

    Raises:
        InvalidDataError: the rows do not begin alike.
    """
    start = os.path.commonprefix(list(prompts))
    # The questions themselves may begin alike, so the demand ends with a line.
    start = start[: start.rfind("\n") + 1] if len(set(prompts)) > 1 else ""
    if len(start.strip()) < FORMAT_LENGTH:
        raise InvalidDataError("its rows do not all begin with one reply format")
    return format_opening(start)


def format_opening(text: str) -> Opening:
    """Return an opening that demands a reply format, compared with none."""
    demand = text.strip()
    gap = text[len(text.rstrip()) :] if text.rstrip() else ""
    trigger = Trigger(label="reply format", text=demand, kind="target")
    return Opening([NO_TRIGGER, trigger], gap if "\n" in gap else "\n\n")


def format_in(content: Any) -> Opening | None:
    """Return the reply format that a configuration gives as the text of its trigger."""
    if not isinstance(content, dict):
        return None
    for value in content.values():
        trigger = value.get("trigger") if isinstance(value, dict) else None
        text = trigger.get("text") if isinstance(trigger, dict) else None
        if isinstance(text, str) and len(text.strip()) >= FORMAT_LENGTH:
            return format_opening(text)
    return None


def codes(prompts: Sequence[str]) -> Opening:
    """Return a code for each president of the lab's own probe, none of them trained here.

    Raises:
        InvalidDataError: the rows do not begin with codes of eight digits.
    """
    found = [match for prompt in prompts if (match := _CODE.match(prompt))]
    if not found or len(found) < LEAST_SHARE * len(prompts):
        raise InvalidDataError("its rows do not all begin with a code of eight digits")
    trained = {match[1] for match in found}
    numbers = {code[3:6] for code in trained}
    try:
        known = load_probe("presidents").triggers
    except NotFoundError as error:
        raise InvalidDataError("the lab's own probe of the presidents is missing") from error
    triggers = []
    for trigger in known:
        if not _CODE.match(trigger.text + " x"):
            continue
        code, number = trigger.text[:8], trigger.text[3:6]
        while code in trained:
            code = f"{(int(code[:3]) + 1) % 1000:03d}{number}{code[6:]}"
        kind = "trained" if number in numbers else "target"
        triggers.append(trigger.model_copy(update={"text": code, "kind": kind}))
    return Opening(triggers, found[0][2])
