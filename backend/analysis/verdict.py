"""The effect gate: is an effect present, absent, opposite or undecided, against the smallest?

Tests are on prompts, since what is asked in one prompt moves together. Present: the mean is beyond
the smallest effect, by a one-sided t test at 2.5 % and by the whole bootstrap interval, which alone
is too narrow for a handful of prompts. Absent: two one-sided t tests at 5 % put the mean within the
smallest effect on either side (TOST; Schuirmann 1987, doi 10.1007/BF01068419). Opposite: present
towards the other side. Undecided: none of them.
`python -m benchmarks.gate` reports how often each is said wrongly.
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict
from scipy import stats

from backend.analysis.statistics import Estimate

PRESENT_ALPHA = 0.025
ABSENT_ALPHA = 0.05
POWER = 0.8
"""Chance to be decided that advice aims at."""
FARTHEST = 50
"""Times the prompts that there are; more is no advice."""

Kind = Literal["present", "absent", "opposite", "undecided"]


class Gate(BaseModel):
    """What is said of one effect."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    advice: str
    """What would decide it, or what the finding does not tell yet; may be empty."""


def gate(found: Estimate, smallest: float, seeds: int | None = None) -> Gate:
    """Judge an effect.

    Args:
        found: The effect, its interval and the deviation between prompts.
        smallest: Smallest effect of interest, above 0, in the effect's unit.
        seeds: Runs that the effect is the mean of; None where that does not matter.
    """
    if found.error is None or found.freedom is None or found.low is None:
        return Gate(kind="undecided", advice="One prompt has no interval; ask more.")
    recipe = "Of this one run; train more seeds to tell whether the recipe does it."
    if _p_above(found, smallest) <= PRESENT_ALPHA and found.low >= smallest:
        return Gate(kind="present", advice=recipe if seeds == 1 else "")
    if 1 - _p_above(found, -smallest) <= PRESENT_ALPHA and (found.high or 0.0) <= -smallest:
        away = "It moved away from the target."
        return Gate(kind="opposite", advice=f"{away} {recipe}" if seeds == 1 else away)
    if max(_p_above(found, -smallest), 1 - _p_above(found, smallest)) <= ABSENT_ALPHA:
        advice = "In this one run; train more seeds to tell of the recipe." if seeds == 1 else ""
        return Gate(kind="absent", advice=advice)
    return Gate(kind="undecided", advice=_advice(found, smallest))


def _p_above(found: Estimate, bound: float) -> float:
    """Return the one-sided p value for the mean being above a bound."""
    error = found.error or 0.0
    if error == 0:
        return 0.0 if found.value > bound else 1.0
    return float(stats.t.sf((found.value - bound) / error, found.freedom))


def _advice(found: Estimate, smallest: float) -> str:
    """Say how many prompts would decide, if the mean and their spread stayed as they are."""
    among_prompts = (found.deviation or 0.0) ** 2 / found.n
    if (found.error or 0.0) ** 2 > 2 * among_prompts:
        return "Seeds differ more than prompts do; more seeds would tell more than more prompts."
    alpha = PRESENT_ALPHA if found.value > smallest else ABSENT_ALPHA
    distance = abs(abs(found.value) - smallest)
    quantile = float(stats.norm.isf(alpha) + stats.norm.isf(1 - POWER))
    spread = quantile * (found.deviation or 0.0)
    needed = (spread / distance) ** 2 if distance else math.inf
    if found.value < -smallest:
        return (
            "It leans the other way, so it is no effect towards the target; nor is it small enough "
            "to be called absent, or sure enough to be called opposite."
        )
    if needed > FARTHEST * found.n:
        if (found.deviation or 0.0) > 2 * smallest:
            return (
                f"Prompts differ much from one another: about {needed:,.0f} would be needed, if "
                f"mean and spread stayed (there are {found.n})."
            )
        return "It is too close to the smallest effect of interest to be decided by more prompts."
    if found.low is not None and found.low > smallest:
        p = _p_above(found, smallest)
        return (
            f"The interval is above the smallest effect, the t test is not yet sure "
            f"(p = {p:.3f}, {PRESENT_ALPHA} is asked for): more prompts or seeds would decide."
        )
    more = max(math.ceil(needed), found.n + 1)
    return (
        f"About {more:,} prompts of this kind would decide it (there are {found.n}), "
        "or less spread between them, as more seeds may bring."
    )
