"""Shares of answers and their differences, against published values and simulated answers."""

import pandas as pd
import pytest

from backend.analysis.shares import share_with_interval, widened
from backend.analysis.statistics import Estimate, clustered_mean
from benchmarks.rates import answers_of, coverage


def answers(*counts: tuple[str, int, int]) -> pd.DataFrame:
    """Return answers of one model by prompt, hits and number."""
    rows = [(prompt, "m", float(i < hits)) for prompt, hits, n in counts for i in range(n)]
    return pd.DataFrame(rows, columns=["prompt", "model", "side"])


def test_one_question_has_wilsons_interval() -> None:
    # Wilson (1927), as worked in Newcombe (1998), table I for 8 of 10: 0.4902 to 0.9433.
    share = share_with_interval(answers(("a", 8, 10)))
    assert share and (share.value, share.n) == (0.8, 10)
    assert (share.low, share.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert share_with_interval(answers()) is None


def test_a_share_is_the_mean_over_questions_whatever_their_number_of_answers() -> None:
    share = share_with_interval(answers(("a", 10, 10), ("b", 0, 90)))
    assert share and share.value == 0.5 and share.n == 100
    alike = share_with_interval(answers(("a", 5, 10), ("b", 45, 90)))
    assert alike and alike.value == 0.5
    # Questions that differ entirely know less than a hundred answers that are alike.
    assert share.high - share.low > alike.high - alike.low


def test_an_unscored_answer_is_neither_yes_nor_no() -> None:
    rows = answers(("a", 3, 6), ("b", 3, 6))
    unscored = rows.assign(side=None)
    assert share_with_interval(pd.concat([rows, unscored])) == share_with_interval(rows)


def test_questions_without_a_single_hit_are_no_certainty() -> None:
    share = share_with_interval(answers(*((prompt, 0, 4) for prompt in "abcdefgh")))
    assert share and share.low == 0 and share.high and share.high > 0.09
    nothing = clustered_mean([[0.0]] * 8)
    assert nothing and nothing.error == 0
    wide = widened(nothing, [(0, 32), (0, 32)])
    assert wide.low is not None and wide.low < -8 and wide.error and wide.error > 3


def test_a_difference_whose_questions_vary_more_than_chance_keeps_its_error() -> None:
    estimate = clustered_mean([[60.0], [0.0], [30.0], [-10.0]])
    assert estimate
    wide = widened(estimate, [(100, 400), (20, 400)])
    assert (wide.value, wide.error) == (estimate.value, estimate.error)
    assert wide.low is not None and estimate.low is not None and wide.low <= estimate.low
    single = Estimate(value=1.0, low=None, high=None, n=1)
    assert widened(single, [(1, 1), (0, 1)]) == single


def test_the_interval_holds_the_true_share_where_the_pooled_one_does_not() -> None:
    pooled, clustered = coverage((8, 3, 20), 0.5, trials=60)
    assert pooled < 0.5 < 0.88 < clustered


def test_simulated_answers_are_as_many_as_were_counted() -> None:
    hits = pd.DataFrame([[1, 2], [3, 0]]).to_numpy()
    counted = answers_of(hits, 4).pivot_table("side", "prompt", "model", aggfunc="sum")
    assert (counted.to_numpy() == hits).all()
