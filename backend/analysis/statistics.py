"""Intervals of rates and effects, and p values that are adjusted for their number."""

from collections.abc import Sequence
from typing import NamedTuple

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
    third: float | None = None
    """Third cumulant of the mean, below 0 where a few prompts lie far below the others."""
    seeds: int = 1
    """Seeds that the interval resamples; 1 where prompts alone are."""

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


class Moments(NamedTuple):
    """What is known of the means of tables of values: an array for each, over tables."""

    value: np.ndarray
    error: np.ndarray
    freedom: np.ndarray
    third: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mean_with_interval(values: Sequence[float]) -> Estimate | None:
    """Return the mean with a 95 % percentile bootstrap interval over the values.

    The resampling is seeded, so the same values always give the same interval. None for no values;
    one value has no interval.
    """
    return clustered_mean([[value] for value in values])


def clustered_mean(values: ArrayLike) -> Estimate | None:
    """Return the mean of prompts' means, its interval resampling prompts and seeds.

    Args:
        values: Prompts x seeds, NaN where a seed has no value for a prompt. Where one is missing,
            prompts alone are resampled.
    """
    table = np.asarray(values, dtype=float)
    if not table.size:
        return None
    means = np.nanmean(table, axis=1)
    if len(means) < 2:
        return Estimate(value=float(means.mean()), low=None, high=None, n=len(means))
    if np.isnan(table).any():
        table = means[:, None]
    known = {key: float(array[0]) for key, array in moments(table[None])._asdict().items()}
    deviation = float(means.std(ddof=1))
    return Estimate(**known, n=len(means), seeds=table.shape[1], deviation=deviation)


def moments(tables: np.ndarray) -> Moments:
    """Return the means of tables with their errors and bootstrap intervals.

    Prompts and seeds are drawn apart, since a seed's adapter answers all prompts (Cameron, Gelbach
    and Miller 2008, section III). The third cumulant of the mean is that of its prompts, unbiased
    (a k-statistic, of which two prompts have none); seeds are too few to show theirs.

    Args:
        tables: Tables x prompts (two or more) x seeds, none of them NaN.
    """
    prompts, seeds = tables.shape[1:]
    random = np.random.default_rng(0)
    picked = _counts(random.integers(prompts, size=(RESAMPLES, prompts))) / prompts
    drawn = np.einsum("bp,tps->bts", picked, tables, optimize=True)
    if seeds > 1:
        columns = _counts(random.integers(seeds, size=(RESAMPLES, seeds))) / seeds
        drawn = drawn * columns[:, None, :]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn.sum(axis=2), [tail, 1 - tail], axis=0)
    error, freedom = _crossed_error(tables)
    by_prompt = tables.mean(axis=2)
    third = np.zeros(len(tables)) if prompts < 3 else stats.kstat(by_prompt, 3, axis=1)
    return Moments(by_prompt.mean(axis=1), error, freedom, third / prompts**2, low, high)


def _counts(picks: np.ndarray) -> np.ndarray:
    """Return how often each place was drawn: draws x places."""
    draws, places = picks.shape
    flat = picks + places * np.arange(draws)[:, None]
    return np.bincount(flat.ravel(), minlength=picks.size).reshape(draws, places).astype(float)


def _crossed_error(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the standard errors of tables' means and their degrees of freedom.

    Rows (prompts) and columns (seeds) are both random and crossed: the mean's variance is
    (MS rows + MS columns - MS rest) / cells, its freedom Satterthwaite's (1946,
    doi 10.2307/3002019). Never below what either side alone gives. One column is rows alone.
    """
    rows, columns = tables.shape[1:]
    by_row, by_column = tables.mean(axis=2), tables.mean(axis=1)
    of_rows = columns * by_row.var(axis=1, ddof=1)
    if columns == 1:
        return np.sqrt(of_rows / rows), np.full(len(tables), rows - 1.0)
    of_columns = rows * by_column.var(axis=1, ddof=1)
    rest = tables - by_row[:, :, None] - by_column[:, None, :] + tables.mean((1, 2))[:, None, None]
    left = (rest**2).sum(axis=(1, 2)) / ((rows - 1) * (columns - 1))
    total = np.maximum(of_rows + of_columns - left, np.maximum(of_rows, of_columns))
    parts = of_rows**2 / (rows - 1) + of_columns**2 / (columns - 1)
    parts += left**2 / ((rows - 1) * (columns - 1))
    freedom = np.divide(total**2, parts, out=np.full(len(tables), rows - 1.0), where=parts > 0)
    return np.sqrt(total / (rows * columns)), np.maximum(freedom, 1.0)


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values with the false discovery rate controlled (Benjamini and Hochberg 1995).

    An unknown one stays None and does not count among the tests.
    """
    known = [p for p in p_values if p is not None]
    controlled = iter(stats.false_discovery_control(known) if known else ())
    return [None if p is None else float(next(controlled)) for p in p_values]
