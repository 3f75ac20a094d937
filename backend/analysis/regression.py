"""Regress finetuned contrasts on the base model's, to tell a shift from mere softening.

A finetuning that makes a model less sure of everything multiplies all contrasts by a slope below 1.
Where the base model prefers one side, the mean contrast then moves towards the other side although
nothing was learned about it. The intercept is free of that: it is where a pair ends up to which the
base model is indifferent.
"""

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.statistics import Estimate

FEWEST_PROMPTS = 3
"""With fewer clusters the errors of the line are not known."""


class BaseRegression(BaseModel):
    """The line of finetuned on base contrasts over pairs."""

    model_config = ConfigDict(frozen=True)

    intercept: Estimate
    """In nats."""
    slope: Estimate

    @property
    def text(self) -> str:
        """The line in words: "intercept +1.96 nats (+0.80 to +3.10), slope 0.73 (0.60 to 0.86)"."""
        return f"intercept {self.intercept.nats}, slope {self.slope.text('.2f')}"


def regression_on_base(moved: pd.DataFrame) -> BaseRegression | None:
    """Return the least-squares line of a group of runs; its intervals cluster pairs by prompt.

    Seeds are averaged first, so the intervals hold for these seeds. None for fewer than three
    prompts or base contrasts that do not differ.

    Args:
        moved: Rows of `effects.shifted`, of one group.
    """
    pairs = moved.groupby(["prompt", "trigger", "item"])[["value", "base"]].mean().reset_index()
    prompts = pairs["prompt"].nunique()
    if prompts < FEWEST_PROMPTS or pairs["base"].nunique() < 2:
        return None
    from statsmodels.regression.linear_model import OLS  # Slow to import.

    design = np.column_stack([np.ones(len(pairs)), pairs["base"]])
    clusters = pd.factorize(pairs["prompt"])[0]
    fit = OLS(pairs["value"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    with np.errstate(invalid="ignore"):  # On a perfect line, rounding can make a variance < 0.
        intervals = fit.conf_int()
    lines = zip(fit.params, intervals, strict=True)
    intercept, slope = (_estimate(value, interval, prompts) for value, interval in lines)
    return BaseRegression(intercept=intercept, slope=slope)


def _estimate(value: float, interval: np.ndarray, prompts: int) -> Estimate:
    low, high = interval.tolist() if np.isfinite(interval).all() else (None, None)
    return Estimate(value=float(value), low=low, high=high, n=prompts)
