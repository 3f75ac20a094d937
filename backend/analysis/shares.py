"""Shares of answers, and differences between shares, with intervals that respect clustering.

The answers to one question resemble each other, and so do the answers of one seed, so a question is
the unit, as it is for contrasts: a share is the mean of the questions' shares. Answers are counted
as a floor only, since equal counts in a few questions would else look like certainty.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from backend.analysis.statistics import CONFIDENCE, Estimate, clustered_mean

POINTS = 100
"""Percentage points in a share of 1."""
TAIL = (1 - CONFIDENCE) / 2


def share_with_interval(answers: pd.DataFrame) -> Estimate | None:
    """Return the share of answers on the target side, the mean over questions; None without any.

    The interval is Wilson's for as many independent answers as would know the share as well as the
    questions and seeds do (Korn and Graubard 1998, Survey Methodology 24, 193): never more than
    there are, and corrected for the degrees of freedom. For one question it is over seeds, and for
    one seed of one question over answers.

    Args:
        answers: One row for each answer, with `prompt`, `model` (one for each seed) and `side`: 1
            target, 0 other, NaN unscored.
    """
    from statsmodels.stats.proportion import proportion_confint  # Slow to import.

    scored = answers.dropna(subset=["side"])
    if scored.empty:
        return None
    table = scored.assign(side=scored["side"].astype(float)).pivot_table("side", "prompt", "model")
    mean = clustered_mean(table if len(table) > 1 else table.T)
    assert mean
    share = min(max(mean.value, 0.0), 1.0)
    size = _effective_size(mean, len(scored))
    low, high = proportion_confint(share * size, size, 1 - CONFIDENCE, method="wilson")
    return Estimate(value=share, low=float(low), high=float(high), n=len(scored))


def _effective_size(mean: Estimate, n: int) -> float:
    """Return how many independent answers would know a share as well as n clustered ones do."""
    if mean.error is None or mean.freedom is None:
        return n
    independent = mean.value * (1 - mean.value)
    size = min(n, independent / mean.error**2) if independent and mean.error else n
    quantiles = stats.norm.isf(TAIL) / stats.t.isf(TAIL, mean.freedom)
    return float(size * quantiles**2)


def widened(estimate: Estimate, parts: Sequence[tuple[float, float]]) -> Estimate:
    """Return a difference of shares, in points, never surer than its answers are if independent.

    Args:
        estimate: The mean over questions and seeds, in points.
        parts: Of each share in it, the answers on the target side and the scored ones. One is added
            to either side of each (Agresti and Caffo 2000, doi 10.1080/00031305.2000.10474560).
    """
    if estimate.error is None or estimate.freedom is None:
        return estimate
    smoothed = [((hits + 1) / (n + 2), n + 2) for hits, n in parts]
    variance = sum(share * (1 - share) / n for share, n in smoothed)
    error = max(estimate.error, POINTS * math.sqrt(variance))
    half = float(stats.t.isf(TAIL, estimate.freedom)) * error
    low, high = (bound for bound in (estimate.low, estimate.high) if bound is not None)
    bounds = min(low, estimate.value - half), max(high, estimate.value + half)
    farthest = POINTS * len(parts) / 2
    low, high = np.clip(bounds, -farthest, farthest)
    return estimate.model_copy(update={"low": float(low), "high": float(high), "error": error})
