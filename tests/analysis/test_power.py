"""Power: against a reviewer's table, simulation, and what an evaluation of two seeds said."""

import numpy as np
import pytest
from scipy import stats

from backend.analysis.expectations import expectations, spread_of
from backend.analysis.power import Spread, power, questions_needed, seeds_needed
from backend.analysis.statistics import clustered_mean
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED
from tests.example_evaluation import scored_evaluation


@pytest.mark.parametrize(
    ("mean", "deviation", "questions"),
    [(2.87, 3.45, 29), (1.70, 1.73, 50)],
    ids=["shift", "beyond"],
)
def test_the_questions_that_the_birds_need(mean: float, deviation: float, questions: int) -> None:
    assert questions_needed(mean - 1, Spread(questions=deviation), 1000) == questions


def test_seeds_count_beside_questions() -> None:
    slant = Spread(questions=1.83, seeds=1.34)
    assert power(1.91, slant, 16, 8) == pytest.approx(0.79, abs=0.02)
    assert power(1.91, slant, 40, 3) < 0.5 < power(1.91, slant, 40, 8)
    assert seeds_needed(1.91, slant, 16, 20) == 9
    assert questions_needed(1.91, slant, 1000, seeds=3) is None


def test_power_of_one_seed_is_the_share_of_simulated_t_tests_that_decide() -> None:
    values = 1.0 + np.random.default_rng(0).normal(0, 1.5, (20_000, 20))
    share = (stats.ttest_1samp(values, 0, axis=1, alternative="greater").pvalue <= 0.025).mean()
    assert power(1.0, Spread(questions=1.5), 20) == pytest.approx(share, abs=0.01)


def test_the_spread_between_seeds_is_read_from_an_estimate() -> None:
    random = np.random.default_rng(0)
    table = random.normal(0, 1.0, (400, 1)) + random.normal(0, 2.0, (1, 30))
    estimate = clustered_mean(table)
    assert estimate and spread_of(estimate).questions == pytest.approx(1.0, rel=0.1)
    assert spread_of(estimate).seeds == pytest.approx(np.std(table[0], ddof=1), rel=0.01)


def test_a_probe_that_was_never_asked_is_taken_for_usual(home: object) -> None:
    [usual] = expectations(load_probe("nineteenth_century"), EMBEDDED)
    assert (usual.mean, usual.questions, usual.verdict) == (2.0, 15, "present")
    assert usual.questions_needed == questions_needed(1.0, Spread(questions=1.5), 1000)
    assert f"“present” takes {usual.questions_needed} questions with 1 seed" in usual.text


def test_a_probe_that_was_asked_is_expected_to_find_the_same(home: object) -> None:
    scored_evaluation()
    [shift] = expectations(load_probe("nineteenth_century"), EMBEDDED)
    assert shift.text.startswith("Shift, ") and shift.mean == pytest.approx(2.0)
    assert shift.chance == 1.0
