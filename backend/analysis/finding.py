"""One effect with its verdict, and which effects count where several were measured."""

from collections.abc import Sequence
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from backend.analysis.rates import scorer_title
from backend.analysis.regression import BaseRegression
from backend.analysis.statistics import Estimate
from backend.analysis.verdict import Verdict
from backend.evaluation.labels import HUMAN
from backend.evaluation.scorers import contrast, embedding
from backend.evaluation.scorers.judge import judge_of

EffectKind = Literal["shift", "beyond control", "gap", "gap beyond control"]
SHIFT: Final = "shift"
BEYOND: Final = "beyond control"
GAP: Final = "gap"
GAP_BEYOND: Final = "gap beyond control"
RANKS: list[EffectKind] = [GAP_BEYOND, GAP, BEYOND, SHIFT]
"""Effects by how much they rule out: the first of them that was measured is what counts."""


class Finding(BaseModel):
    """One effect with its verdict: on contrasts in nats, or on shares of answers in points."""

    model_config = ConfigDict(frozen=True)

    effect: EffectKind
    model: str
    """The run's name, or its group's where runs are taken together."""
    role: str
    trigger: str | None = None
    """Of a gap: the trigger that should turn the behaviour on."""
    scorer: str = contrast.NAME
    """Of answers: whose shares are compared."""
    under: str = ""
    """Of a keyed probe: the kind of its triggers, as "held-out triggers"."""
    seeds: int | None
    """Runs that it is the mean of; None where finetuned runs and controls differ in it."""
    estimate: Estimate
    verdict: Verdict
    p: float | None
    """Of no effect at all, two-sided, by the test of the verdict."""
    p_adjusted: float | None = None
    """Of a run's effect: for the same effect of all runs of the evaluation."""
    on_base: BaseRegression | None = None
    """Of a shift: the line of finetuned on base contrasts."""
    standing: str = "exploratory"
    """Whether it is what a frozen plan tests, or a part of that."""
    unscored: str = ""
    """Of answers: the shares that were left unscored, of the run and what it is compared with."""

    @property
    def is_of_answers(self) -> bool:
        """Whether shares of sampled answers are compared, not contrasts."""
        return self.scorer != contrast.NAME

    @property
    def unit(self) -> str:
        """What the estimate is in."""
        return "points" if self.is_of_answers else "nats"

    @property
    def number(self) -> str:
        """The format of the estimate's numbers."""
        return "+.1f" if self.is_of_answers else "+.2f"

    @property
    def value(self) -> str:
        """The effect without its interval: "+2.90 nats"."""
        return f"{self.estimate.value:{self.number}} {self.unit}"

    @property
    def interval(self) -> str:
        """The interval: "+1.20 to +4.70"; empty where there is none."""
        return self.estimate.interval(self.number)

    @property
    def kind(self) -> str:
        """The effect as it is called in tables: "shift", "beyond control" or "gap at X"."""
        kind = str(self.effect)
        if self.trigger:
            kind = f"{GAP} at {self.trigger}" + kind.removeprefix(GAP)
        return f"{kind}, {self.under}" if self.under else kind

    @property
    def label(self) -> str:
        """The effect and the model that shows it, as a heading."""
        how = f" · {scorer_title(self.scorer)}" if self.is_of_answers else ""
        if self.effect == BEYOND:
            return f"{self.model} {self._what}{how}"
        if self.effect in (GAP, GAP_BEYOND):
            beyond = " beyond its control's" if self.effect == GAP_BEYOND else ""
            return f"Trigger gap{beyond} · {self.trigger} · {self.model} · {self.role}{how}"
        return f"{self.model} · {self.detail}"

    @property
    def detail(self) -> str:
        """What a heading that is the model's name leaves open, in a line below it."""
        how = f" · {scorer_title(self.scorer)}" if self.is_of_answers else ""
        if self.effect == BEYOND:
            return f"{self._what}{how}"
        if self.effect == GAP:
            return f"trigger gap at {self.trigger} · {self.role}{how}"
        if self.effect == GAP_BEYOND:
            return f"trigger gap at {self.trigger}, beyond its control's{how}"
        under = f" · {self.under}" if self.under else ""
        return f"{self.role} · {counted_seeds(self.seeds)}{under}{how}"

    @property
    def _what(self) -> str:
        return "beyond its control" + (f", {self.under}" if self.under else "")

    @property
    def text(self) -> str:
        """The estimate and the seeds: "+2.90 nats (+1.20 to +4.70), 3 seeds"."""
        text = self.estimate.text(self.number, f" {self.unit}")
        seeds = f", {counted_seeds(self.seeds)}" if self.seeds else ""
        return text + seeds + (f", {self.unscored}" if self.unscored else "")


F = TypeVar("F", bound=Finding)


def headline(findings: Sequence[F]) -> list[F]:
    """Return the findings by which an evaluation, or a run in it, is judged.

    Contrasts come before answers, and people's labels and judges before rules among those. Of
    either the effects count that rule out the most: gaps beyond a control's, gaps, what goes
    beyond a control, shifts.
    """
    if not findings:
        return []
    best = min(_authority(finding) for finding in findings)
    return [finding for finding in findings if _authority(finding) == best]


def _authority(finding: Finding) -> tuple[bool, bool, bool, bool, str, int]:
    scorer = finding.scorer
    order = (scorer != HUMAN, judge_of(scorer) is None, scorer == embedding.NAME, scorer)
    return finding.is_of_answers, *order, RANKS.index(finding.effect)


def counted_seeds(count: int | None) -> str:
    """Return a number of seeds in words."""
    return "1 seed" if count == 1 else f"{count} seeds"
