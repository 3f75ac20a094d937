"""A model that only became less sure moves the mean contrast, but not the intercept."""

import pandas as pd
import pytest

from backend.analysis.regression import regression_on_base


def moved(intercept: float, slope: float, prompts: int = 5) -> pd.DataFrame:
    base = {(p, i): -6.0 + p + 0.7 * i for p in range(prompts) for i in range(3)}
    rows = [
        {
            "prompt": p,
            "trigger": "none",
            "item": i,
            "base": value,
            "value": intercept + slope * value + seed * (0.1 if i == 1 else -0.05),
        }
        for (p, i), value in base.items()
        for seed in (-1, 1)
    ]
    return pd.DataFrame(rows)


def test_softening_has_a_slope_below_one_and_no_intercept() -> None:
    rows = moved(intercept=0, slope=0.7)
    assert (rows["value"] - rows["base"]).mean() > 0.9
    line = regression_on_base(rows)
    assert line is not None
    assert line.slope.value == pytest.approx(0.7)
    assert line.intercept.value == pytest.approx(0, abs=1e-9)
    assert line.text.startswith("intercept ")


def test_a_shift_of_every_pair_is_the_intercept() -> None:
    line = regression_on_base(moved(intercept=2.5, slope=1))
    assert line is not None
    assert (line.intercept.value, line.slope.value) == (pytest.approx(2.5), pytest.approx(1))
    assert line.intercept.n == 5


def test_two_prompts_have_no_line() -> None:
    assert regression_on_base(moved(intercept=1, slope=1, prompts=2)) is None
