"""Load and check judges: `data/judges/<id>.yaml`, what a model is asked about another's answer."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.files import homes
from backend.probes.loading import load_named

Side = Literal["target", "other", "unscored"]


class Label(BaseModel):
    """One verdict that a judge may give, and the side that it speaks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(min_length=1)
    side: Side


class Need(BaseModel):
    """What another rating judge must have said, for an answer to count at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    above: float


class Judge(BaseModel):
    """A template that asks a model about an answer, and how its verdict is read.

    A choice ends with a line "ANSWER: LABEL". A rating is one number from 0 to 100 or REFUSAL; it
    is the expected value over the token probabilities where the endpoint gives them, in the
    manner of the emergent-misalignment work (arXiv 2502.17424).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    kind: Literal["choice", "rating"]
    labels: list[Label] = []
    target_below: float | None = None
    """A rating below this speaks for the target."""
    target_above: float | None = None
    needs: Need | None = None
    prompt: str
    """Holds {question} and {answer}."""
    sha256: str

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for place in ("{question}", "{answer}"):
            if place not in self.prompt:
                raise ValueError(f"the judge's prompt has no {place}")
        if self.kind == "choice" and len(self.labels) < 2:
            raise ValueError("a choice needs two labels at least")
        return self

    def ask(self, question: str, answer: str) -> str:
        """Return the judge's prompt about one answer; braces in the answer stay as they are."""
        words = {"question": question, "answer": answer}
        return re.sub(r"\{(question|answer)\}", lambda place: words[place[1]], self.prompt)

    def side_of(self, verdict: str) -> Side | None:
        """Return the side that a choice's verdict speaks for; None for what is no label of it."""
        return next((x.side for x in self.labels if x.label.lower() == verdict.lower()), None)


def load_judge(judge_id: str, data: Path | None = None) -> Judge:
    """Load and check one judge, shipped or imported.

    Raises:
        NotFoundError: there is no judge of that name.
        InvalidDataError: the file can't be used; the message says why.
    """
    judge: Judge = load_named("judges", judge_id, Judge, data)
    return judge


def list_judges(data: Path | None = None) -> list[Judge]:
    """Return every judge in alphabetical order."""
    paths = (path for home in homes("judges", data) for path in home.glob("*.yaml"))
    return [load_judge(name, data) for name in sorted({path.stem for path in paths})]
