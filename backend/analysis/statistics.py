"""Intervals for rates and effects."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict
from scipy import stats

CONFIDENCE = 0.95
RESAMPLES = 2000


class Estimate(BaseModel):
    """A number with its interval; `low` and `high` are None where there are too few values."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float | None
    high: float | None
    n: int
    deviation: float | None = None
    """Standard deviation between the n values; None for rates and for single values."""
    error: float | None = None
    """Standard error of the mean over prompts and, where several, seeds; None as `deviation`."""
    freedom: float | None = None
    """Degrees of freedom that the error is known with."""

    def interval(self, number: str) -> str:
        """Return the interval, "+1.20 to +4.70" for the number format "+.2f"; empty without one."""
        if self.low is None or self.high is None:
            return ""
        return f"{self.low:{number}} to {self.high:{number}}"

    def text(self, number: str, unit: str = "") -> str:
        """Return the value with its interval in parentheses, where there is one."""
        interval = self.interval(number)
        return f"{self.value:{number}}{unit}" + (f" ({interval})" if interval else "")

    @property
    def nats(self) -> str:
        """A difference of log-probabilities: "+2.90 nats (+1.20 to +4.70)"."""
        return self.text("+.2f", " nats")

    @property
    def percent(self) -> str:
        """A share: "63% (40% to 80%)"."""
        return self.text(".0%")


def mean_with_interval(values: Sequence[float]) -> Estimate | None:
    """Return the mean with a 95 % percentile bootstrap interval over the values.

    The resampling is seeded, so the same values always give the same interval. None for no values;
    one value has no interval.
    """
    return clustered_mean([[value] for value in values])


def clustered_mean(values: ArrayLike) -> Estimate | None:
    """Return the mean of prompts' means, its interval resampling prompts and seeds.

    Args:
        values: Prompts x seeds, NaN where a seed has no value for a prompt. Prompts and seeds are
            drawn apart, since a seed's adapter answers all prompts (Cameron, Gelbach and Miller
            2008, section III); where a value is missing, prompts alone are.
    """
    table = np.asarray(values, dtype=float)
    if not table.size:
        return None
    means = np.nanmean(table, axis=1)
    if len(means) < 2:
        return Estimate(value=float(means.mean()), low=None, high=None, n=len(means))
    random = np.random.default_rng(0)
    picks = random.integers(len(means), size=(RESAMPLES, len(means)))
    drawn = means[picks].mean(axis=1)
    error, freedom = float(means.std(ddof=1)) / math.sqrt(len(means)), float(len(means) - 1)
    if table.shape[1] > 1 and not np.isnan(table).any():
        error, freedom = _crossed_error(table)
        columns = random.integers(table.shape[1], size=(RESAMPLES, table.shape[1]))
        drawn = np.einsum("bp,ps,bs->b", _counts(picks), table, _counts(columns)) / table.size
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(
        value=float(means.mean()),
        low=float(low),
        high=float(high),
        n=len(means),
        deviation=float(means.std(ddof=1)),
        error=error,
        freedom=freedom,
    )


def _counts(picks: np.ndarray) -> np.ndarray:
    """Return how often each place was drawn: draws x places."""
    counted: np.ndarray = (picks[:, :, None] == np.arange(picks.shape[1])).sum(axis=1)
    return counted.astype(float)


def _crossed_error(table: np.ndarray) -> tuple[float, float]:
    """Return the standard error of a table's mean and its degrees of freedom.

    Rows (prompts) and columns (seeds) are both random and crossed: the mean's variance is
    (MS rows + MS columns - MS rest) / cells, its freedom Satterthwaite's (1946,
    doi 10.2307/3002019). Never below what either side alone gives.
    """
    rows, columns = table.shape
    by_row, by_column = table.mean(axis=1), table.mean(axis=0)
    rest = table - by_row[:, None] - by_column[None, :] + table.mean()
    squares = np.array([columns * by_row.var(ddof=1), rows * by_column.var(ddof=1)])
    left = (rest**2).sum() / ((rows - 1) * (columns - 1))
    total = max(squares.sum() - left, squares.max())
    parts = np.array([*squares, left]) ** 2 / [rows - 1, columns - 1, (rows - 1) * (columns - 1)]
    freedom = total**2 / parts.sum() if parts.sum() else float(rows - 1)
    return math.sqrt(total / table.size), max(float(freedom), 1.0)


def p_of_paired(differences: Sequence[float]) -> float | None:
    """Return the two-sided p value of paired differences, by flipping their signs at random.

    Exact up to about a dozen pairs, else of 9,999 flips; None for fewer than two.
    """
    if len(differences) < 2:
        return None
    test = stats.permutation_test(
        (np.asarray(differences, dtype=float),),
        np.mean,
        permutation_type="samples",
        n_resamples=9999,
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def p_of_mean(estimate: Estimate) -> float | None:
    """Return the two-sided p value of a mean being 0, by the t test of its standard error."""
    if estimate.error is None or estimate.freedom is None:
        return None
    if estimate.error == 0:
        return 0.0 if estimate.value else 1.0
    return float(2 * stats.t.sf(abs(estimate.value) / estimate.error, estimate.freedom))


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values with the false discovery rate controlled (Benjamini and Hochberg 1995).

    An unknown one stays None and does not count among the tests.
    """
    known = [p for p in p_values if p is not None]
    controlled = iter(stats.false_discovery_control(known) if known else ())
    return [None if p is None else float(next(controlled)) for p in p_values]


def rate_with_interval(hits: int, n: int) -> Estimate | None:
    """Return a rate with its 95 % Wilson interval; None for n = 0."""
    if n == 0:
        return None
    interval = stats.binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(value=hits / n, low=float(interval.low), high=float(interval.high), n=n)
