"""How often scorers without a judge are right about labelled answers that no rule was made with.

`python -m data.accuracy` measures every scorer and keeps the counts in
`data/probes/labelled/accuracy.json`, so that pages need no embeddings.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from backend.evaluation.labelled_answers import LabelledAnswer
from backend.evaluation.scorers import embedding, sampled
from backend.probes.loading import NO_TRIGGER, Probe

LEAST_PRECISION = 0.9
"""With a lower precision on either side, a scorer's rates are not reported."""


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
    """A scorer's counts on labelled answers."""

    model_config = ConfigDict(frozen=True)

    n: int
    target: SideCount
    other: SideCount
    unscored: int
    """Answers that a person puts on a side and the scorer leaves unscored."""


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
