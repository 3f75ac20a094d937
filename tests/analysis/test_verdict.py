"""The effect gate and what stands behind it, against scipy and simulated effects."""

import numpy as np
import pytest
from scipy import stats

from backend.analysis import power
from backend.analysis.mean_test import level, p_of_mean
from backend.analysis.statistics import adjusted, clustered_mean, mean_with_interval
from backend.analysis.verdict import gate
from backend.config import ROOT
from benchmarks.gate import NARROW, SHAPES, probes, shares


def kind_of(values: list[float], smallest: float = 1.0) -> str:
    found = mean_with_interval(values)
    assert found
    return gate(found, smallest).kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([2.0, 2.4, 2.2, 1.9, 2.1, 2.6], "present"),
        ([0.1, -0.2, 0.3, 0.0, 0.1, -0.1], "absent"),
        ([0.5, 1.9, -0.4, 2.5, 1.1, 0.2], "undecided"),
        ([-2.0, -2.4, -2.2, -1.9], "opposite"),
        ([-0.5, -1.9, 0.4, -2.5, -1.1, -0.2], "undecided"),
        ([3.0], "undecided"),
    ],
)
def test_the_gate_says_what_the_values_bear(values: list[float], kind: str) -> None:
    assert kind_of(values) == kind


SPREAD = [-1.7, -1.3, -1.0, -0.7, -0.4, -0.1, 0.0, 0.1, 0.3, 0.4, 0.6, 0.8, 1.1, 1.9]
"""Fourteen prompts of mean 0 and about no skewness."""


def test_absence_is_an_equivalence_test_as_scipy_computes_it() -> None:
    values = [0.2 + 0.8 * value for value in SPREAD]
    below = stats.ttest_1samp(values, 1.0, alternative="less").pvalue
    above = stats.ttest_1samp(values, -1.0, alternative="greater").pvalue
    assert max(below, above) <= 0.025 and kind_of(values) == "absent"
    wide = [0.2 + 1.6 * value for value in SPREAD]
    assert stats.ttest_1samp(wide, 1.0, alternative="less").pvalue > 0.025
    assert kind_of(wide) == "undecided"


def test_few_prompts_must_show_more_and_are_told_so() -> None:
    few = mean_with_interval([1.4, 2.4, 1.8, 2.0])
    assert "a kind of prompt that moves the other way may be missing" in gate(few, 1.0).advice
    enough = mean_with_interval([1.8 + value for value in SPREAD])
    assert gate(enough, 1.0).kind == "present"


def test_prompts_far_below_the_others_are_not_taken_for_chance() -> None:
    low = mean_with_interval(
        [1.95, 2.0, 2.05, 2.1, 1.9, 2.0, 2.1, 1.9, 2.0, 2.05, 1.95, 2.0, 2.0, -0.4, 0.7]
    )
    found = gate(low, 1.0)
    assert stats.t.sf((low.value - 1) / low.error, low.freedom) <= 0.025 and low.low > 1
    assert found.kind == "undecided" and "differ much from the others" in found.advice


def test_an_effect_far_above_the_smallest_is_present_however_skewed() -> None:
    # Johnson's test would refuse this: its square term outweighs the distance itself.
    skewed = [7.0 - value for value in np.random.default_rng(0).exponential(1, 40)]
    assert stats.skew(skewed) < -1 and kind_of(skewed) == "present"


def test_an_undecided_effect_says_how_many_prompts_would_decide() -> None:
    values = [1.5 + value for value in SPREAD]
    found = mean_with_interval(values)
    needed = power.questions_needed(0.5, power.Spread(questions=found.deviation), 1000)
    assert f"About {needed} prompts" in gate(found, 1.0).advice
    assert "there are 14" in gate(found, 1.0).advice


def test_one_seed_is_said_to_be_one() -> None:
    found = mean_with_interval([2.0, 2.4, 2.2, 1.9])
    assert "more seeds" in gate(found, 1.0, seeds=1).advice
    assert gate(found, 1.0, seeds=3).advice == ""


@pytest.mark.parametrize(("shape", "prompts"), [("left-skewed", 14), ("a fifth above", 8)])
def test_the_stored_table_of_wrong_verdicts_is_that_of_the_gate(shape: str, prompts: int) -> None:
    found = shares(probes(1.0, NARROW, SHAPES[shape], prompts), level(prompts))
    assert max(found) <= 0.05
    lines = (ROOT / "benchmarks" / "gate.txt").read_text("utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"{shape:20} {prompts:6}"))
    cells = row.removeprefix(shape).split()
    assert [float(cells[1]), float(cells[6])] == pytest.approx(
        [100 * share for share in found], abs=0.06
    )


def test_unlike_seeds_widen_the_interval_of_the_mean() -> None:
    alike = clustered_mean([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    unlike = clustered_mean([[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]])
    assert alike.value == unlike.value == 2.0 and alike.n == 3
    assert unlike.high - unlike.low > alike.high - alike.low


def test_p_values_of_no_effect_are_those_of_scipy_where_nothing_is_skewed() -> None:
    even = [0.5, 1.0, 1.5, 2.0, 2.5]
    assert p_of_mean(mean_with_interval(even)) == pytest.approx(stats.ttest_1samp(even, 0).pvalue)
    assert p_of_mean(mean_with_interval([1.0])) is None
    low = [2.0, 2.1, 1.9, 2.0, -1.0]
    assert p_of_mean(mean_with_interval(low)) > stats.ttest_1samp(low, 0).pvalue


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg() -> None:
    # By hand: 0.04 stays, 0.01 becomes 0.03, 0.02 becomes 0.03.
    assert adjusted([0.01, 0.02, 0.04]) == pytest.approx([0.03, 0.03, 0.04])
