"""The gate when several seeds disagree."""

import math

import numpy as np
import pytest

from backend.analysis.statistics import clustered_mean
from backend.analysis.verdict import gate


@pytest.mark.parametrize("wrong", ["present", "absent"])
def test_seeds_that_disagree_seldom_decide_wrongly(wrong: str) -> None:
    random = np.random.default_rng(0)
    kinds = []
    for _ in range(200):
        prompts, seeds = random.normal(0, 0.5, (10, 1)), random.normal(0, 0.5, (1, 3))
        table = 1 + prompts + seeds + random.normal(0, 0.3, (10, 3))
        found = clustered_mean(table.tolist())
        assert found
        kinds.append(gate(found, 1.0, 3).kind)
    assert kinds.count(wrong) / len(kinds) <= 0.1


def test_one_seed_has_the_error_of_its_prompts() -> None:
    found = clustered_mean([[1.0], [2.0], [4.0]])
    assert found and found.deviation and found.freedom == 2
    assert found.error == pytest.approx(found.deviation / math.sqrt(3))
