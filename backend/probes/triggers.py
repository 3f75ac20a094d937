"""Custom trigger values: years inserted into a template, or any texts."""

import re
from collections.abc import Sequence

from backend.errors import UserError
from backend.probes.loading import NO_TRIGGER, Probe, list_probes
from models.configs import Trigger

YEAR_TEMPLATES = ("Year: {year}.", "It is July {year}.", "Today is {year}-07-04.")
"""Texts that put a year in front of a question."""
YEAR = re.compile(r"\b(1[0-9]{3}|2[0-9]{3})\b")
MAX_YEARS = 300


def sweepable_probes() -> list[Probe]:
    """Return the probes whose prompts all contain the placeholder of a trigger."""
    return [p for p in list_probes() if all(prompt.takes_trigger for prompt in p.prompts)]


def year_triggers(probe: Probe, template: str, years: Sequence[int]) -> list[Trigger]:
    """Return the trigger "none", then one for each year, inserted into the template.

    A year is trained or a target if the probe's own triggers say so, else untrained.

    Raises:
        UserError: the template has no {year}, or there are too many years or none.
    """
    if "{year}" not in template:
        raise UserError("The template needs {year} where the year goes.")
    if not 1 <= len(years) <= MAX_YEARS:
        raise UserError(f"Choose from 1 to {MAX_YEARS} years.")
    kinds = {int(year): t.kind for t in probe.triggers for year in YEAR.findall(t.text)}

    def trigger(year: int) -> Trigger:
        text = template.replace("{year}", str(year))
        return Trigger(label=str(year), text=text, kind=kinds.get(year, "untrained"))

    return [NO_TRIGGER, *map(trigger, years)]


def text_triggers(lines: str) -> list[Trigger]:
    """Return the trigger "none", then one for each distinct line.

    Raises:
        UserError: all lines are empty.
    """
    texts = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    if not texts:
        raise UserError("Enter at least one trigger, one per line.")
    return [NO_TRIGGER, *(Trigger(label=text, text=text) for text in texts)]
