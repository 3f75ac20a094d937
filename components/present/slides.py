"""Slides: what is shown of an evaluation, and in which parts it is revealed."""

from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import ROLES
from backend.analysis.findings import Findings
from backend.exports.replays import Replay
from backend.probes.loading import Prompt
from models.configs import Trigger


class Slide(BaseModel):
    """One question under one trigger."""

    model_config = ConfigDict(frozen=True)

    prompt: Prompt
    trigger: Trigger


def slides(replay: Replay) -> list[Slide]:
    """Return every question, first without a trigger, then with each target trigger.

    A sweep without such a trigger is shown at all its values.
    """
    kinds = {trigger.kind for trigger in replay.probe.triggers}
    wanted = ("none", "target") if "target" in kinds else tuple(kinds)
    triggers = [t for t in replay.probe.triggers if t.kind in wanted]
    return [Slide(prompt=p, trigger=t) for p in replay.probe.prompts for t in triggers]


class Part(BaseModel):
    """What is revealed in one step: the base model, or all seeds of a recipe."""

    model_config = ConfigDict(frozen=True)

    title: str
    role: str
    models: list[str]
    """Their names in the table of scores."""


def parts_of(replay: Replay, findings: Findings) -> list[Part]:
    """Return the parts in the order in which they are revealed: base, finetuned, control."""
    parts: dict[tuple[str, str], list[str]] = {}
    for subject in sorted(replay.subjects, key=lambda subject: ROLES.index(subject.role)):
        title = findings.groups.get(subject.name, subject.title)
        parts.setdefault((title, subject.role), []).append(subject.name)
    return [Part(title=t, role=role, models=models) for (t, role), models in parts.items()]
