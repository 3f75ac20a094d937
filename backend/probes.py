"""Load and check probes: `data/probes/<id>.yaml`, prompts with their contrast pairs and scorers."""

import hashlib
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from backend.config import DATA
from backend.datasets import DATASET_ID, read_yaml
from backend.errors import NotFoundError

PLACE = "{trigger}"
"""Where a prompt takes the trigger."""


class Pair(BaseModel):
    """Two completions of one prompt, alike but for the thing that is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1)
    other: str = Field(min_length=1)


class Prompt(BaseModel):
    """One question of a probe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    """A word or two for axes and tables."""
    text: str = Field(min_length=1)
    pairs: list[Pair] = []

    def messages(self, trigger: str = "") -> list[dict[str, str]]:
        """Return the chat that is sent to a model; without a trigger its place is left out."""
        text = self.text.replace(PLACE, trigger).strip()
        return [{"role": "user", "content": text}]


class Trigger(BaseModel):
    """One value of a trigger sweep, put where a prompt says `{trigger}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    """A word or a year for axes."""
    text: str = ""
    """What is put into the prompt; empty for none."""
    kind: Literal["none", "trained", "untrained", "target"] = "untrained"
    """Whether training rows hold it; "target" is the one that should turn the behaviour on."""


NO_TRIGGER = Trigger(label="none", kind="none")


class Sides(BaseModel):
    """What the two ends of every score mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str
    other: str


class Patterns(BaseModel):
    """Regular expressions, matched without regard to case, that speak for either side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: list[str] = Field(min_length=1)
    other: list[str] = Field(min_length=1)

    @field_validator("target", "other")
    @classmethod
    def _compile(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f'"{pattern}" is not a regular expression: {error}') from error
        return patterns


class SmallestEffect(BaseModel):
    """Smallest effect of interest, decided before anything is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contrast: float
    """Nats per completion."""
    pattern: float
    """Difference of rates, 0 to 1."""


class Probe(BaseModel):
    """A set of questions with its scorers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    question: str
    section: str
    sides: Sides
    smallest_effect: SmallestEffect
    patterns: Patterns
    triggers: list[Trigger] = [NO_TRIGGER]
    """What is swept; one value "none" for a probe without a trigger."""
    prompts: list[Prompt] = Field(min_length=1)
    sha256: str

    @property
    def has_triggers(self) -> bool:
        """Whether the probe sweeps anything."""
        return any(trigger.text for trigger in self.triggers)

    @model_validator(mode="after")
    def _triggers_have_a_place(self) -> Self:
        for prompt in self.prompts:
            if self.has_triggers and PLACE not in prompt.text:
                raise ValueError(
                    f'the probe sweeps triggers, but prompt "{prompt.id}" has no {PLACE} in its '
                    "text, so it would measure nothing"
                )
        return self

    @field_validator("prompts")
    @classmethod
    def _unique_ids(cls, prompts: list[Prompt]) -> list[Prompt]:
        if len({prompt.id for prompt in prompts}) < len(prompts):
            raise ValueError("two prompts have the same id")
        return prompts


def load_probe(probe_id: str, data: Path = DATA) -> Probe:
    """Load and check one probe.

    Raises:
        NotFoundError: there is no probe of that name.
        InvalidDataError: the file can't be used; the message says why.
    """
    path = data / "probes" / f"{probe_id}.yaml"
    if not DATASET_ID.fullmatch(probe_id) or not path.is_file():
        raise NotFoundError(f'There is no probe "{probe_id}".')
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    probe: Probe = read_yaml(path, Probe, id=probe_id, sha256=digest)
    return probe


def list_probes(data: Path = DATA) -> list[Probe]:
    """Return every probe in alphabetical order."""
    return [load_probe(path.stem, data) for path in sorted((data / "probes").glob("*.yaml"))]
