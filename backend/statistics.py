"""Intervals for rates and effects."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import stats

CONFIDENCE = 0.95
RESAMPLES = 2000


class Estimate(BaseModel):
    """A number with its interval; `low` and `high` are None where there is too little to tell."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float | None
    high: float | None
    n: int


def mean_with_interval(values: Sequence[float]) -> Estimate | None:
    """Return the mean with a 95 % percentile bootstrap interval over the values.

    The resampling is seeded, so the same values always give the same interval. None for no values;
    one value has no interval.
    """
    if not values:
        return None
    numbers = np.asarray(values, dtype=float)
    if len(numbers) < 2:
        return Estimate(value=float(numbers.mean()), low=None, high=None, n=len(numbers))
    picks = np.random.default_rng(0).integers(len(numbers), size=(RESAMPLES, len(numbers)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(numbers[picks].mean(axis=1), [tail, 1 - tail])
    return Estimate(value=float(numbers.mean()), low=float(low), high=float(high), n=len(numbers))


def rate_with_interval(hits: int, n: int) -> Estimate | None:
    """Return a rate with its 95 % Wilson interval; None for n = 0."""
    if n == 0:
        return None
    interval = stats.binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(value=hits / n, low=float(interval.low), high=float(interval.high), n=n)
