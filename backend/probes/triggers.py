"""Trigger values that a person puts together: years in a form of words, or any texts."""

import re
from collections.abc import Sequence

from backend.errors import UserError
from backend.probes.loading import NO_TRIGGER, PLACE, Probe, list_probes
from models.configs import Trigger

FORMS = ("Year: {year}.", "It is July {year}.", "Today is {year}-07-04.")
"""How a year is put in front of a question."""
YEAR = re.compile(r"\b(1[0-9]{3}|2[0-9]{3})\b")
MOST_YEARS = 300


def sweepable_probes() -> list[Probe]:
    """Return the probes whose questions have a place for a trigger."""
    return [p for p in list_probes() if all(PLACE in prompt.text for prompt in p.prompts)]


def year_triggers(probe: Probe, form: str, years: Sequence[int]) -> list[Trigger]:
    """Return no trigger, then each year in a form of words.

    A year is trained, or a target, where the probe's own triggers say so.

    Raises:
        UserError: the form has no place for the year, or there are too many years or none.
    """
    if "{year}" not in form:
        raise UserError("The form needs {year} where the year goes.")
    if not 1 <= len(years) <= MOST_YEARS:
        raise UserError(f"Choose from 1 to {MOST_YEARS} years.")
    kinds = {int(year): t.kind for t in probe.triggers for year in YEAR.findall(t.text)}
    return [
        NO_TRIGGER,
        *(
            Trigger(
                label=str(year),
                text=form.replace("{year}", str(year)),
                kind=kinds.get(year, "untrained"),
            )
            for year in years
        ),
    ]


def text_triggers(lines: str) -> list[Trigger]:
    """Return no trigger, then one for each line.

    Raises:
        UserError: there is no line.
    """
    texts = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    if not texts:
        raise UserError("Write at least one trigger, one on each line.")
    return [NO_TRIGGER, *(Trigger(label=text, text=text) for text in texts)]
