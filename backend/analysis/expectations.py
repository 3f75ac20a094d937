"""What a probe may be expected to find, and how many questions and seeds a verdict on that takes.

Mean and spread are those of the newest evaluation of the probe on the base model. Where there is
none, the effect is taken to be twice the smallest one of interest, with the usual spread.
"""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from backend.analysis.finding import Finding
from backend.analysis.findings import findings_of
from backend.analysis.overview import asked_as_today, finished_evaluations
from backend.analysis.power import Spread, power, questions_needed, seeds_needed
from backend.analysis.scores import scores_table
from backend.analysis.statistics import Estimate
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe

USUAL_MEAN = 2.0
"""In smallest effects of interest."""
USUAL_SPREAD = 1.5
"""Standard deviation between questions, in smallest effects, as in the probe of the bird names."""
MOST_QUESTIONS = 1000
MOST_SEEDS = 20


class Expectation(BaseModel):
    """An effect as it was measured or is assumed, in nats per completion, and what it takes."""

    model_config = ConfigDict(frozen=True)

    effect: str
    """As tables call it, with the runs that it was measured on."""
    mean: float
    spread: Spread
    seeds: int
    """Those it was measured on, or 1."""
    questions: int
    """Those that the probe has."""
    smallest: float
    """Smallest effect of interest."""

    @property
    def distance(self) -> float:
        """How far the mean is from the bound that decides."""
        return abs(abs(self.mean) - self.smallest)

    @property
    def verdict(self) -> str:
        """What would be found, if mean and spread are as expected."""
        if abs(self.mean) < self.smallest:
            return "absent"
        return "present" if self.mean > 0 else "opposite"

    @property
    def chance(self) -> float:
        """The chance of the verdict with the probe's questions and as many seeds."""
        if self.questions < 2:
            return 0.0
        return power(self.distance, self.spread, self.questions, self.seeds)

    @property
    def questions_needed(self) -> int | None:
        """Questions that give the verdict in four of five cases; None for too many."""
        return questions_needed(self.distance, self.spread, MOST_QUESTIONS, self.seeds)

    @property
    def seeds_needed(self) -> int | None:
        """The same for seeds with the probe's questions; None where unknown or too many."""
        if self.seeds == 1 or self.questions < 2:
            return None
        return seeds_needed(self.distance, self.spread, self.questions, MOST_SEEDS)

    @property
    def text(self) -> str:
        """All of it in two sentences."""
        effect = self.effect[0].upper() + self.effect[1:]
        measured = f"{effect} ({self.mean:+.2f} nats, spread {self.spread.questions:.2f})"
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        needed = self.questions_needed
        ways = [
            f"{needed:,} questions with {seeds}"
            if needed
            else f"more than {MOST_QUESTIONS:,} questions with {seeds}"
        ]
        if more := self.seeds_needed:
            ways.append(f"these {self.questions:,} questions with {more} seeds")
        return (
            f"{measured}: “{self.verdict}” takes {' or '.join(ways)}. With {self.questions:,} "
            f"questions and {seeds} the chance is {self.chance:.0%}."
        )


def expectations(probe: Probe, base_model: str) -> list[Expectation]:
    """Return what a probe's effects take, as last measured on a base model, or as is usual.

    Empty for a probe without contrasts. Questions without pairs are not counted.
    """
    questions = sum(bool(prompt.pairs) for prompt in probe.prompts)
    if not questions:
        return []
    smallest = probe.smallest_effect.contrast
    found = [
        Expectation(
            effect=f"{finding.kind}, {finding.model}",
            mean=finding.estimate.value,
            spread=spread_of(finding.estimate),
            seeds=finding.estimate.seeds,
            questions=questions,
            smallest=smallest,
        )
        for finding in _last_measured(probe, base_model)
        if finding.estimate.deviation is not None
    ]
    usual = Expectation(
        effect="assumed effect",
        mean=USUAL_MEAN * smallest,
        spread=Spread(questions=USUAL_SPREAD * smallest),
        seeds=1,
        questions=questions,
        smallest=smallest,
    )
    return found or [usual]


def spread_of(estimate: Estimate) -> Spread:
    """Return what an estimate says of its spread between questions and between seeds.

    What a question and a seed have beyond both can't be told apart in it and counts as spread
    between questions.
    """
    deviation, error = estimate.deviation or 0.0, estimate.error or 0.0
    of_seeds = max(error**2 - deviation**2 / estimate.n, 0.0) * estimate.seeds
    return Spread(questions=deviation, seeds=of_seeds**0.5 if estimate.seeds > 1 else 0.0)


def _last_measured(probe: Probe, base_model: str) -> Iterable[Finding]:
    """Return the effects of finetuned runs in the newest evaluation that measured any."""
    for job, config in finished_evaluations():
        if config.probe != probe.id or config.base_model != base_model:
            continue
        table = scores_table([job.id], scorer=contrast.NAME)
        if not asked_as_today(table, probe):
            continue
        findings = findings_of(table, probe)
        if found := [f for f in [*findings.effects, *findings.gaps] if f.role == "finetuned"]:
            return found
    return []
