"""The effect gate: is an effect present, absent, opposite or undecided, against the smallest?

Tests are over prompts, since the completions of one prompt move together. Present: the mean is
beyond the smallest effect of interest, by the t test and Hall's (`mean_test.py`), and so is the
whole bootstrap interval, which alone is too narrow for a handful of prompts. Absent: the mean and
the whole interval are within the smallest effect on either side, by the same tests against both
(two one-sided tests; Schuirmann 1987, doi 10.1007/BF01068419). Opposite: present towards the other
side. Undecided: none of these. `python -m benchmarks.gate` reports how often each verdict is wrong;
the rule was chosen by that alone.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from backend.analysis.mean_test import FEWEST_PROMPTS, FEWEST_SEEDS, LEVEL, level, p_above
from backend.analysis.power import Spread, questions_needed
from backend.analysis.statistics import Estimate, Moments

GATE = "t test and Hall's transformed t over questions, with the bootstrap interval (version 2)"
"""The rule by name, for plans; another version wherever the rule changes."""
FARTHEST = 50
"""More than this many times the present number of prompts is no useful advice."""

Kind = Literal["present", "absent", "opposite", "undecided"]
DECISIONS: list[Kind] = ["present", "opposite", "absent"]


class Verdict(BaseModel):
    """The gate's decision on one effect."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    advice: str
    """What would decide it, or what it does not show yet; may be empty."""


def gate(estimate: Estimate, smallest: float, seeds: int | None = None) -> Verdict:
    """Judge an effect.

    Args:
        estimate: The effect, its interval and the deviation between prompts.
        smallest: Smallest effect of interest, above 0, in the effect's unit.
        seeds: Runs that the effect is the mean of; None where that does not matter.
    """
    known = _moments_of(estimate)
    if known is None:
        return Verdict(kind="undecided", advice="One prompt gives no interval; use more prompts.")
    kind = kinds(known, smallest, level(estimate.n, estimate.seeds))[0]
    if kind == "undecided":
        return Verdict(kind="undecided", advice=_advice(estimate, known, smallest))
    moved = "It moved away from the target." if kind == "opposite" else ""
    one_run = "Measured on one run; train more seeds to test the recipe." if seeds == 1 else ""
    return Verdict(kind=kind, advice=f"{moved} {one_run}".strip())


def kinds(means: Moments, smallest: float, level: float) -> list[Kind]:
    """Return the verdict on each mean.

    Args:
        means: Of prompts and seeds, with their intervals.
        smallest: Smallest effect of interest, in the unit of the means.
        level: Largest one-sided p value that decides.
    """
    above = (_p_beyond(means, smallest) <= level) & (means.low >= smallest)
    below = (_p_beyond(_negated(means), smallest) <= level) & (means.high <= -smallest)
    inside = (means.low >= -smallest) & (means.high <= smallest)
    within = (_p_within(means, smallest) <= level) & inside
    return [
        next((kind for kind, said in zip(DECISIONS, row, strict=True) if said), "undecided")
        for row in zip(above, below, within, strict=True)
    ]


def _moments_of(estimate: Estimate) -> Moments | None:
    """Return an estimate as the moments of one mean; None where it has no error."""
    known = [estimate.error, estimate.freedom, estimate.low, estimate.high]
    if None in known:
        return None
    error, freedom, low, high = (np.array([number]) for number in known)
    third = np.array([estimate.third or 0.0])
    return Moments(np.array([estimate.value]), error, freedom, third, low, high)


def _negated(means: Moments) -> Moments:
    return means._replace(value=-means.value, third=-means.third, low=-means.high, high=-means.low)


def _p_beyond(means: Moments, smallest: float) -> np.ndarray:
    """Return the one-sided p values for means being above the smallest effect."""
    return p_above(means.value, means.error, means.freedom, means.third, smallest)


def _p_within(means: Moments, smallest: float) -> np.ndarray:
    """Return the p values for means being within the smallest effect on either side."""
    above, below = _p_beyond(means, -smallest), _p_beyond(_negated(means), -smallest)
    return np.asarray(np.maximum(above, below))


def _advice(estimate: Estimate, known: Moments, smallest: float) -> str:
    """Return why an effect is undecided and what would decide it, if it stayed the same."""
    deviation = estimate.deviation or 0.0
    among_prompts = deviation**2 / estimate.n
    if (estimate.error or 0.0) ** 2 > 2 * among_prompts:
        return "Seeds differ more than prompts do: more seeds would help more than more prompts."
    if estimate.value < -smallest:
        return (
            "It points away from the target, but is neither close enough to zero to be called "
            "absent nor certain enough to be called opposite."
        )
    if reason := _withheld(estimate, known, smallest):
        return reason
    distance = abs(estimate.value - smallest)
    needed = questions_needed(distance, Spread(questions=deviation), FARTHEST * estimate.n)
    if needed is None:
        if deviation > 2 * smallest:
            return (
                f"Prompts differ widely: more than {FARTHEST * estimate.n:,} would be needed if "
                f"mean and spread stayed the same (there are {estimate.n})."
            )
        return "It is too close to the smallest effect of interest for more prompts to decide."
    return (
        f"About {max(needed, estimate.n + 1):,} prompts of this kind would decide it (there are "
        f"{estimate.n}), or more seeds, if they reduce the spread between prompts."
    )


def _withheld(estimate: Estimate, known: Moments, smallest: float) -> str:
    """Return why a verdict that the plain t test would give is not given; empty if it gives none.

    Such a verdict is one that the t test gives of prompts that may be few or skewed.
    """
    beyond = estimate.value > smallest
    p_of, kind = (_p_beyond, "present") if beyond else (_p_within, "absent")
    p = float(p_of(known, smallest)[0])
    if float(p_of(known._replace(third=np.zeros(1)), smallest)[0]) > LEVEL:
        return ""
    if p > LEVEL:
        return (
            f"A few prompts differ much from the others, so that the t test would call it {kind} "
            f"too easily; the test that corrects for this does not (p = {p:.3f}). Use more prompts."
        )
    needed = level(estimate.n, estimate.seeds)
    if p > needed:
        few = (
            f"With fewer than {FEWEST_PROMPTS} prompts, a kind of prompt that moves the other way "
            "may be missing"
        )
        if estimate.n >= FEWEST_PROMPTS:
            few = f"With fewer than {FEWEST_SEEDS} seeds, it is hardly known how far they differ"
        return f"{few}, so {kind} takes p = {needed:g}; it has p = {p:.3f}."
    return f"The t test would call it {kind}, but the bootstrap interval is not all on that side."
