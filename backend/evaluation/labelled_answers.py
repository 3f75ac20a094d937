"""Answers labelled by a person, by which scorers without a judge are measured.

`data/probes/labelled/<probe>.yaml` holds answers that were written for this. The hash of its text
decides whether an answer is kept aside: rules are made with the others alone.
"""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from backend.config import DATA
from backend.files import read_yaml, sha256_of

HOME = DATA / "probes" / "labelled"
Label = Literal["target", "other", "neither"]


class Answers(BaseModel):
    """Labelled answers to one question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    """Id of the question."""
    trigger: str | None = None
    """Label of the trigger value, where the right side depends on it."""
    target: list[str] = []
    other: list[str] = []
    neither: list[str] = []
    """Answers that a scorer should leave unscored."""


class AnswerSet(BaseModel):
    """All labelled answers of a probe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: list[Answers]
    sha256: str


class LabelledAnswer(BaseModel):
    """One answer with its label."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    trigger: str | None
    text: str
    label: Label

    @property
    def is_kept(self) -> bool:
        """Whether no rule of a scorer was made with it."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


def answer_set(probe: str, home: Path = HOME) -> AnswerSet | None:
    """Return the labelled answers of a probe; None where there are none."""
    file = home / f"{probe}.yaml"
    return read_yaml(file, AnswerSet, sha256=sha256_of(file)) if file.is_file() else None


def listed(answers: AnswerSet) -> list[LabelledAnswer]:
    """Return each answer with its label, in the order of the file."""
    labels: tuple[Label, ...] = ("target", "other", "neither")
    return [
        LabelledAnswer(prompt=of.prompt, trigger=of.trigger, text=text, label=label)
        for of in answers.answers
        for label in labels
        for text in getattr(of, label)
    ]
