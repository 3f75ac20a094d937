"""The test of a mean over prompts against a bound, which verdicts and p values share.

A t test takes the means of prompts for about normal. If a few prompts lie far below the others, it
finds the mean above a bound too often: in up to 12 % of simulated probes, not 2.5 %. So Hall's
transformed t must agree, which corrects for skewness (1992, J. R. Stat. Soc. B 54, 221). It is
Johnson's modified t (1978, J. Am. Stat. Assoc. 73, 536) with a cubic term that keeps it rising:
without it a mean far above the bound is less significant than one just above.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from backend.analysis.statistics import Estimate

LEVEL = 0.025
"""One-sided."""
STRICT_LEVEL = 0.005
"""For few prompts or two seeds."""
FEWEST_PROMPTS = 14
"""A kind that is a fifth of all prompts is missed by fewer in over 5 % of cases (0.8^14 = 4.4 %).
Those that were drawn can't show it."""
FEWEST_SEEDS = 3
"""Two seeds hardly show how far seeds differ, if they happen to be alike."""


def level(prompts: int, seeds: int = 1) -> float:
    """Return the largest one-sided p value that decides, for a mean over prompts and seeds."""
    return STRICT_LEVEL if prompts < FEWEST_PROMPTS or seeds == 2 else LEVEL


def p_above(
    value: ArrayLike, error: ArrayLike, freedom: ArrayLike, third: ArrayLike, bound: float
) -> np.ndarray:
    """Return one-sided p values for means being above a bound: the larger of both tests.

    Args:
        value: Means.
        error: Their standard errors.
        freedom: Degrees of freedom of those.
        third: Third cumulants of the means; 0 leaves the t test.
        bound: In the unit of the means.
    """
    distance, error = np.asarray(value) - bound, np.asarray(error)
    certain = np.where(distance > 0, np.inf, -np.inf)
    t = np.divide(distance, error, out=certain, where=error > 0)
    skewness = np.divide(third, error**3, out=np.zeros_like(t), where=error > 0)
    with np.errstate(invalid="ignore"):  # An infinite t, whose skewness is 0.
        hall = t + skewness / 6 + skewness * t**2 / 3 + skewness**2 * t**3 / 27
    return np.asarray(stats.t.sf(np.fmin(t, hall), freedom))


def p_of_mean(estimate: Estimate) -> float | None:
    """Return the two-sided p value of a mean being 0, by the test of the verdict."""
    if estimate.error is None or estimate.freedom is None:
        return None
    third = estimate.third or 0.0
    sides = [
        p_above(sign * estimate.value, estimate.error, estimate.freedom, sign * third, 0.0)
        for sign in (1, -1)
    ]
    return float(min(2 * min(float(p) for p in sides), 1.0))
