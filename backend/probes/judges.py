"""Load and validate judges: `data/judges/<id>.yaml`, prompts with which a model rates an answer."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.probes.loading import list_named, load_named

Side = Literal["target", "other", "unscored"]
REFUSAL = "REFUSAL"
"""Verdict on an answer that declines to answer."""


class Label(BaseModel):
    """A verdict that a judge may give, and the side that it counts for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(min_length=1)
    side: Side


class RequiredRating(BaseModel):
    """The rating by another judge that an answer needs in order to count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    above: float


class Judge(BaseModel):
    """A prompt template that asks a model about an answer, and how its verdict is parsed.

    A choice ends with a line "ANSWER: LABEL". A rating is a number from 0 to 100, or a word such as
    REFUSAL. If the endpoint returns token probabilities, the rating is the expected value under
    them, as in the emergent misalignment paper (arXiv 2502.17424).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    kind: Literal["choice", "rating"]
    labels: list[Label] = []
    """Verdicts of a choice; of a rating, the words that may stand in place of a number."""
    reasons: bool = True
    """Whether a choice may be preceded by reasons, which makes it cost more."""
    target_below: float | None = None
    """Ratings below this count for the target."""
    target_above: float | None = None
    """Ratings above this count for the target."""
    needs: RequiredRating | None = None
    prompt: str
    """Contains {answer}, and {question} unless the answer is to be judged by itself."""
    sha256: str

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "{answer}" not in self.prompt:
            raise ValueError("the judge's prompt has no {answer}")
        if self.kind == "choice" and len(self.labels) < 2:
            raise ValueError("a choice needs at least two labels")
        return self

    def ask(self, question: str, answer: str) -> str:
        """Return the judge's prompt about an answer; braces in the answer stay unchanged."""
        texts = {"question": question, "answer": answer}
        return re.sub(r"\{(question|answer)\}", lambda match: texts[match[1]], self.prompt)

    def words(self) -> list[str]:
        """Return the words that may stand in place of a rating; REFUSAL if none is named."""
        return [label.label for label in self.labels] or [REFUSAL]

    def side_of(self, verdict: str) -> Side | None:
        """Return the side that a verdict counts for; None if it is none of the labels."""
        sides = {label.label.lower(): label.side for label in self.labels}
        return sides.get(verdict.lower())


def load_judge(judge_id: str, data: Path | None = None) -> Judge:
    """Load and validate a judge, shipped or imported.

    Raises:
        NotFoundError: there is no judge with that name.
        InvalidDataError: the file is invalid; the message says why.
    """
    judge: Judge = load_named("judges", judge_id, Judge, data)
    return judge


def list_judges(data: Path | None = None) -> list[Judge]:
    """Return every usable judge in alphabetical order."""
    return list_named("judges", Judge, data)[0]


def unusable_judges(data: Path | None = None) -> list[str]:
    """Return why some files in the folders of judges can't be used, a sentence for each."""
    return list_named("judges", Judge, data)[1]
