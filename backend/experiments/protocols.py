"""Load and validate protocols: `data/protocols/<experiment>.yaml`, the paper's own measures."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.evaluation.scorers import prefix
from backend.files import homes
from backend.probes.loading import load_named
from models.configs import EvaluationConfig, Trigger, TriggerKind

Group = Literal["base", "finetuned", "control"]
ALL = "all answers"
"""Title of the only condition of a measure that names none."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JudgeUse(_Part):
    """A judge and the questions whose answers it judges."""

    judge: str
    prompts: list[str] | None = None
    """Ids of the probe's prompts; None for all."""


class Asked(_Part):
    """A probe as the paper asks it: how many answers, how long, and who judges them."""

    probe: str
    prompts: list[str] | None = None
    """Ids of the prompts to ask; None for all."""
    samples: int = Field(default=100, ge=1, le=1000)
    """Answers to each prompt under each trigger."""
    temperature: float = Field(default=1.0, ge=0, le=2)
    max_tokens: int = Field(default=1024, ge=1, le=4096)
    judges: list[JudgeUse] = []

    def evaluation(self, base_model: str) -> EvaluationConfig:
        """Return the evaluation of a base model, without runs."""
        return EvaluationConfig(
            probe=self.probe,
            base_model=base_model,
            samples_per_prompt=self.samples,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            prompts=self.prompts,
        )


class Condition(_Part):
    """Triggers that are taken together: those of a kind, or those that are named."""

    title: str
    kind: TriggerKind | None = None
    triggers: list[str] = []
    """Labels of the probe's triggers."""

    def holds(self, trigger: Trigger) -> bool:
        """Return whether a trigger belongs to the condition."""
        return trigger.kind == self.kind or trigger.label in self.triggers


class Reported(_Part):
    """A share that the paper or a replication reports."""

    where: str
    model: str
    group: Group = "finetuned"
    condition: str = ALL
    low: float = Field(ge=0, le=1)
    """The share, 0 to 1, or the lowest one of a range."""
    high: float | None = Field(default=None, ge=0, le=1)
    remark: str = ""
    """Such as "about"."""

    @property
    def text(self) -> str:
        """The share in words: "about 60 %", "85 to 100 %"."""
        share = f"{100 * self.low:.3g} %"
        if self.high is not None:
            share = f"{100 * self.low:.3g} to {100 * self.high:.3g} %"
        return f"{self.remark} {share}".strip()


class Measure(_Part):
    """A share of answers: which scorers decide, and under which conditions it is taken."""

    id: str
    title: str
    probe: str
    scorers: list[str] = Field(min_length=1)
    """Ids of judges, or "prefix". Of several, each decides about the prompts that it judges."""
    counts: str
    """What counts, in sentences."""
    conditions: list[Condition] = [Condition(title=ALL)]
    reported: list[Reported] = []


class Protocol(_Part):
    """One experiment of the paper: what is trained, what is asked, and how answers are counted."""

    id: str
    title: str
    section: str
    question: str
    content_note: str = ""
    datasets: list[str] = Field(min_length=1)
    """The treated ones first, then their controls."""
    recipe: dict[str, Any]
    """Fields of a RunConfig for models that are trained here."""
    recipes_of_datasets: dict[str, dict[str, Any]] = {}
    """Fields that differ for a dataset."""
    hosted: dict[str, Any]
    """The paper's own settings, for models that a provider trains."""
    asks: list[Asked] = Field(min_length=1)
    measures: list[Measure] = Field(min_length=1)
    sha256: str

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        asked = {each.probe: each for each in self.asks}
        if len(asked) < len(self.asks):
            raise ValueError("a probe is asked twice")
        for measure in self.measures:
            if measure.probe not in asked:
                raise ValueError(f'measure "{measure.id}" is of a probe that is not asked')
            judges = {use.judge for use in asked[measure.probe].judges}
            if missing := set(measure.scorers) - judges - {prefix.NAME}:
                raise ValueError(f'measure "{measure.id}" needs the judge {min(missing)}')
            titles = {condition.title for condition in measure.conditions}
            if unknown := {each.condition for each in measure.reported} - titles:
                raise ValueError(f'measure "{measure.id}" has no condition "{min(unknown)}"')
        return self


def load_protocol(experiment: str, data: Path | None = None) -> Protocol:
    """Load and validate a protocol.

    Raises:
        NotFoundError: there is none with that name.
        InvalidDataError: the file is invalid; the message says why.
    """
    protocol: Protocol = load_named("protocols", experiment, Protocol, data)
    return protocol


def list_protocols(data: Path | None = None) -> list[Protocol]:
    """Return the protocols in the order of the paper's sections."""
    paths = (path for home in homes("protocols", data) for path in home.glob("*.yaml"))
    protocols = [load_protocol(name, data) for name in sorted({path.stem for path in paths})]
    return sorted(protocols, key=lambda protocol: protocol.section)
