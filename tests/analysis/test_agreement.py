"""Agreement of scorers against a published example, and what labels by hand do to it."""

import pandas as pd
import pytest

from backend.analysis.agreement import agreements
from backend.analysis.samples import SampleFilter, find
from backend.analysis.scores import scores_table
from backend.evaluation.labels import set_label
from backend.probes.loading import load_probe
from models.tables import Job
from tests.screens import open_page, texts


def said(scorer: str, values: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {"scorer": scorer, "sample": range(len(values)), "value": values}, dtype=object
    )


def test_kappa_is_that_of_a_worked_example() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, by chance 0.5, so kappa is 0.4.
    first = [1.0] * 25 + [0.0] * 25 + [None]
    second = [1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15 + [1.0]
    table = pd.concat([said("pattern", first), said("prefix", second)], ignore_index=True)
    [found] = agreements(table)
    assert (found.n, found.same) == (50, 35)
    assert found.kappa and found.kappa.value == pytest.approx(0.4)
    assert found.kappa.low == pytest.approx(0.1511, abs=1e-3)
    assert found.kappa.high == pytest.approx(0.6489, abs=1e-3)


def test_one_side_alone_has_no_kappa() -> None:
    table = pd.concat([said("pattern", [1.0] * 4), said("prefix", [1.0] * 4)], ignore_index=True)
    [found] = agreements(table)
    assert (found.same, found.kappa) == (4, None)


def test_labels_by_hand_are_held_against_the_scorer_itself(scored: Job) -> None:
    sides = load_probe("nineteenth_century").sides
    for row, side in zip(find(SampleFilter(job=scored.id)), ("other", "target"), strict=False):
        set_label(row.id, side, sides)  # type: ignore[arg-type]
    [found] = agreements(scores_table([scored.id]))
    assert (found.first, found.second, found.n, found.same) == ("pattern", "human", 2, 1)
    assert "Cohen's kappa" in texts(open_page("results", evaluation=scored.id))
