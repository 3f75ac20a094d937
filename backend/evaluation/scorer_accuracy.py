"""How often scorers without a judge are right about labelled answers that no rule was made with.

`python -m data.accuracy` measures every scorer and keeps the counts in
`data/probes/labelled/accuracy.json`, so that pages need no embeddings.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from backend.errors import UserError
from backend.evaluation.labelled_answers import HOME, LabelledAnswer, answer_set, listed
from backend.evaluation.scorers import embedding, sampled
from backend.probes.loading import NO_TRIGGER, Probe, load_probe

FILE = HOME / "accuracy.json"
LEAST_PRECISION = 0.9
"""With a lower precision on either side, a scorer's rates are not reported."""
FEWEST = 5
"""Answers that a scorer has to put on a side for its precision there to mean anything."""


class SideCount(BaseModel):
    """How a scorer did on one side."""

    model_config = ConfigDict(frozen=True)

    labelled: int
    """Answers that a person puts on this side."""
    said: int
    """Answers that the scorer puts on it."""
    right: int
    """Those on which both agree."""

    @property
    def precision(self) -> float | None:
        """Share of right ones among the scorer's; None where it puts none on this side."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float:
        """Share of the labelled answers that the scorer finds."""
        return self.right / self.labelled


class ScorerAccuracy(BaseModel):
    """A scorer's counts on labelled answers that its rules were not made with."""

    model_config = ConfigDict(frozen=True)

    n: int
    target: SideCount
    other: SideCount
    unscored: int
    """Answers that a person puts on a side and the scorer leaves unscored."""

    @property
    def is_enough(self) -> bool:
        """Whether the scorer is accurate enough for its rates to be reported."""
        return all(
            side.said >= FEWEST and side.right >= LEAST_PRECISION * side.said
            for side in (self.target, self.other)
        )

    @property
    def text(self) -> str:
        """The figures in words, those of the target side first."""
        target, other = self.target, self.other
        return (
            f"on {self.n:,} labelled answers: precision {_share(target.precision)} and "
            f"{_share(other.precision)}, recall {target.recall:.2f} and {other.recall:.2f} (target "
            f"and other side), {self.unscored / (target.labelled + other.labelled):.0%} of those "
            "on a side left unscored"
        )

    @property
    def problem(self) -> str:
        """Why the scorer's rates are not reported, in words."""
        fewest = min(self.target.said, self.other.said)
        found = f"precision {_share(min(self.target.precision or 0, self.other.precision or 0))}"
        if fewest < FEWEST:
            found = f"only {fewest} put on one of the sides"
        return f"not accurate enough to report: {found} on {self.n:,} labelled answers"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


class Measured(BaseModel):
    """A scorer's accuracy, and what it was measured of."""

    model_config = ConfigDict(frozen=True)

    inputs: str
    """Hash of the scorer's rules and of the labelled answers."""
    accuracy: ScorerAccuracy


def measured(probe: Probe) -> dict[str, Measured]:
    """Measure every scorer of a probe on the answers that are kept aside; none without such."""
    answers = answer_set(probe.id)
    kept = [answer for answer in listed(answers) if answer.is_kept] if answers else []
    return {
        scorer: Measured(inputs=_inputs(hashes, probe.id), accuracy=measure(probe, scorer, kept))
        for scorer, hashes in rules_of(probe).items()
        if kept
    }


def rules_of(probe: Probe) -> dict[str, set[str]]:
    """Return the hashes of the rules of a probe's scorers without a judge."""
    likeness = {embedding.NAME: {embedding.fingerprint(probe)}} if embedding.suits(probe) else {}
    return sampled.fingerprints(probe) | likeness


def accuracy_of(probe: str, scorer: str, hashes: Iterable[str]) -> ScorerAccuracy | None:
    """Return how accurate a scorer is; None where that was not measured.

    Args:
        probe: The id of the probe.
        scorer: The name of the scorer.
        hashes: Those of the rules by which scores were made.
    """
    known = _known().get(probe, {}).get(scorer)
    try:
        rules = rules_of(load_probe(probe)).get(scorer, set())
    except UserError:  # Its file is gone, or can't be read any more.
        return None
    as_today = known and set(hashes) <= rules and known.inputs == _inputs(rules, probe)
    return known.accuracy if known and as_today else None


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, Measured]]:
    stored = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    return {
        probe: {scorer: Measured(**fields) for scorer, fields in scorers.items()}
        for probe, scorers in stored.items()
    }


def _inputs(rules: Iterable[str], probe: str) -> str:
    answers = answer_set(probe)
    text = repr((sorted(rules), answers.sha256 if answers else None))
    return hashlib.sha256(text.encode()).hexdigest()


def measure(probe: Probe, scorer: str, answers: Sequence[LabelledAnswer]) -> ScorerAccuracy:
    """Return how a scorer does on labelled answers."""
    said = sides(probe, scorer, answers)
    return ScorerAccuracy(
        n=len(said),
        target=_count("target", answers, said),
        other=_count("other", answers, said),
        unscored=sum(
            value is None and answer.label != "neither"
            for answer, value in zip(answers, said, strict=True)
        ),
    )


def _count(
    label: Literal["target", "other"], answers: Sequence[LabelledAnswer], said: list[float | None]
) -> SideCount:
    value = 1.0 if label == "target" else 0.0
    labels = [answer.label for answer, side in zip(answers, said, strict=True) if side == value]
    return SideCount(
        labelled=sum(answer.label == label for answer in answers),
        said=len(labels),
        right=labels.count(label),
    )


def sides(probe: Probe, scorer: str, answers: Sequence[LabelledAnswer]) -> list[float | None]:
    """Return on which side a scorer puts each answer: 1 target, 0 other, None unscored."""
    prompts = {prompt.id: prompt for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    if scorer == embedding.NAME:
        exemplars = embedding.Exemplars(embedding.pairs_of(probe, probe.triggers[0]))
        vectors = embedding.embed([answer.text for answer in answers])
        pairs = zip(answers, vectors, strict=True)
        return [exemplars.score(answer.text, vector, probe).value for answer, vector in pairs]
    found = []
    for answer in answers:
        trigger = triggers[answer.trigger] if answer.trigger else NO_TRIGGER
        results = sampled.score(probe, prompts[answer.prompt].under(trigger), answer.text)
        found += [result.value for (name, _), result in results.items() if name == scorer]
    return found
