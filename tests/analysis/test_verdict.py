"""The effect gate and what stands behind it, against scipy and simulated effects."""

import numpy as np
import pytest
from scipy import stats

from backend.analysis.statistics import adjusted, clustered_mean, mean_with_interval, p_of_paired
from backend.analysis.verdict import gate
from benchmarks.gate import SHAPES, verdicts


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


def test_absence_is_an_equivalence_test_as_scipy_computes_it() -> None:
    values = [0.9, 0.2, -0.6, 0.8, 0.1, 0.4, 0.5]
    below = stats.ttest_1samp(values, 1.0, alternative="less").pvalue
    above = stats.ttest_1samp(values, -1.0, alternative="greater").pvalue
    assert max(below, above) <= 0.05 and kind_of(values) == "absent"
    wide = [3 * value for value in values]
    assert stats.ttest_1samp(wide, 1.0, alternative="less").pvalue > 0.05
    assert kind_of(wide) == "undecided"


def test_an_undecided_effect_says_how_many_prompts_would_decide() -> None:
    values = [0.5, 1.9, -0.4, 2.5, 1.1, 2.2]
    found = mean_with_interval(values)
    said = gate(found, 1.0).advice
    needed = ((1.959964 + 0.841621) * np.std(values, ddof=1) / (np.mean(values) - 1)) ** 2
    assert f"About {int(np.ceil(needed))} prompts" in said and "there are 6" in said


def test_an_effect_that_only_the_t_test_doubts_says_so() -> None:
    estimate = mean_with_interval([1.2, 1.3, 3.0, 6.0, 6.5, 1.1])
    assert estimate and estimate.low and estimate.low > 1.0
    found = gate(estimate, smallest=1.0)
    assert found.kind == "undecided" and "p = 0.0" in found.advice


def test_one_seed_is_said_to_be_one() -> None:
    found = mean_with_interval([2.0, 2.4, 2.2, 1.9])
    assert "more seeds" in gate(found, 1.0, seeds=1).advice
    assert gate(found, 1.0, seeds=3).advice == ""


# A t test of skewed prompts says "absent" too often; docs/methods.md tells how often.
@pytest.mark.parametrize(("shape", "most_absent"), [("normal", 0.07), ("skewed", 0.15)])
def test_the_gate_is_seldom_wrong_at_the_smallest_effect(shape: str, most_absent: float) -> None:
    shares = verdicts(1.0, 15, SHAPES[shape], trials=400)
    assert shares["present"] <= 0.05 and shares["absent"] <= most_absent
    assert verdicts(0.0, 15, SHAPES[shape], trials=400)["present"] == 0


def test_unlike_seeds_widen_the_interval_of_the_mean() -> None:
    alike = clustered_mean([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    unlike = clustered_mean([[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]])
    assert alike.value == unlike.value == 2.0 and alike.n == 3
    assert unlike.high - unlike.low > alike.high - alike.low


def test_paired_p_values_are_exact_for_few_prompts() -> None:
    # All of six differences positive: 2 of 2^6 flips are as extreme.
    assert p_of_paired([1.0, 2.0, 0.5, 1.5, 0.7, 1.1]) == pytest.approx(2 / 64)
    assert p_of_paired([1.0]) is None
    # Benjamini and Hochberg (1995), by hand: 0.04 stays, 0.01 becomes 0.03, 0.02 becomes 0.03.
    assert adjusted([0.01, 0.02, 0.04]) == pytest.approx([0.03, 0.03, 0.04])
