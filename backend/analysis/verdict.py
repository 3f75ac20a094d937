"""The effect gate: is an effect present, absent, opposite or undecided, against the smallest?

Tests are over prompts, since the completions of one prompt move together. Present: the mean is
beyond the smallest effect of interest by a one-sided t test at 2.5 %, and so is the whole bootstrap
interval, which alone is too narrow for a handful of prompts. Absent: two one-sided t tests at 5 %
put the mean within the smallest effect on either side (TOST; Schuirmann 1987, doi
10.1007/BF01068419). Opposite: present towards the other side. Undecided: none of these.
`python -m benchmarks.gate` reports how often each verdict is wrong.
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict
from scipy import stats

from backend.analysis.statistics import Estimate

PRESENT_ALPHA = 0.025
ABSENT_ALPHA = 0.05
POWER = 0.8
"""Chance of a decision that the advised number of prompts gives."""
FARTHEST = 50
"""More than this many times the present number of prompts is no useful advice."""

Kind = Literal["present", "absent", "opposite", "undecided"]


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
    if estimate.error is None or estimate.freedom is None or estimate.low is None:
        return Verdict(kind="undecided", advice="One prompt gives no interval; use more prompts.")
    one_run = "Measured on one run; train more seeds to test the recipe." if seeds == 1 else ""
    if _p_above(estimate, smallest) <= PRESENT_ALPHA and estimate.low >= smallest:
        return Verdict(kind="present", advice=one_run)
    if 1 - _p_above(estimate, -smallest) <= PRESENT_ALPHA and (estimate.high or 0.0) <= -smallest:
        return Verdict(kind="opposite", advice=f"It moved away from the target. {one_run}".strip())
    if max(_p_above(estimate, -smallest), 1 - _p_above(estimate, smallest)) <= ABSENT_ALPHA:
        return Verdict(kind="absent", advice=one_run)
    return Verdict(kind="undecided", advice=_advice(estimate, smallest))


def _p_above(estimate: Estimate, bound: float) -> float:
    """Return the one-sided p value for the mean being above a bound."""
    error = estimate.error or 0.0
    if error == 0:
        return 0.0 if estimate.value > bound else 1.0
    return float(stats.t.sf((estimate.value - bound) / error, estimate.freedom))


def _advice(estimate: Estimate, smallest: float) -> str:
    """Return what would decide an effect, if its mean and the spread of prompts stayed the same."""
    deviation = estimate.deviation or 0.0
    among_prompts = deviation**2 / estimate.n
    if (estimate.error or 0.0) ** 2 > 2 * among_prompts:
        return "Seeds differ more than prompts do: more seeds would help more than more prompts."
    if estimate.value < -smallest:
        return (
            "It points away from the target, but is neither close enough to zero to be called "
            "absent nor certain enough to be called opposite."
        )
    needed = _prompts_needed(estimate, smallest)
    if needed > FARTHEST * estimate.n:
        if deviation > 2 * smallest:
            return (
                f"Prompts differ widely: about {needed:,.0f} would be needed if mean and spread "
                f"stayed the same (there are {estimate.n})."
            )
        return "It is too close to the smallest effect of interest for more prompts to decide."
    if estimate.low is not None and estimate.low > smallest:
        p = _p_above(estimate, smallest)
        return (
            f"Narrowly undecided (p = {p:.3f}, threshold {PRESENT_ALPHA}): the interval is above "
            "the smallest effect, but the t test does not confirm it. Use more prompts or seeds."
        )
    more = max(math.ceil(needed), estimate.n + 1)
    return (
        f"About {more:,} prompts of this kind would decide it (there are {estimate.n}), "
        "or more seeds, if they reduce the spread between prompts."
    )


def _prompts_needed(estimate: Estimate, smallest: float) -> float:
    """Return how many prompts would decide with a chance of `POWER`; infinite on the threshold."""
    alpha = PRESENT_ALPHA if estimate.value > smallest else ABSENT_ALPHA
    distance = abs(abs(estimate.value) - smallest)
    quantile = float(stats.norm.isf(alpha) + stats.norm.isf(1 - POWER))
    spread = quantile * (estimate.deviation or 0.0)
    return (spread / distance) ** 2 if distance else math.inf
