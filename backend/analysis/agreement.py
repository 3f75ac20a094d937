"""Whether scorers agree on the same answers: judges, rules and people, pair by pair."""

from itertools import combinations
from math import isnan

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.rates import own_sides, sampled_scorers
from backend.analysis.statistics import Estimate


class Agreement(BaseModel):
    """How far two scorers agree on the answers that both scored."""

    model_config = ConfigDict(frozen=True)

    first: str
    second: str
    n: int
    same: int
    kappa: Estimate | None
    """Cohen's kappa (1960, doi 10.1177/001316446002000104) with its asymptotic 95 % interval;
    None where only one side was ever chosen, since all agreement could be chance then."""


def agreements(table: pd.DataFrame) -> list[Agreement]:
    """Return the agreement of every pair of scorers that share scored answers.

    A label by hand counts as the person's own score here and does not replace another scorer's.

    Args:
        table: As `scores_table` returns it.
    """
    sides = {scorer: own_sides(table, scorer).dropna() for scorer in sampled_scorers(table)}
    compared = []
    for first, second in combinations(sides, 2):
        pairs = pd.concat([sides[first], sides[second]], axis=1, join="inner", keys=["a", "b"])
        if len(pairs):
            same = int((pairs["a"] == pairs["b"]).sum())
            kappa = _kappa(pairs)
            agreement = Agreement(first=first, second=second, n=len(pairs), same=same, kappa=kappa)
            compared.append(agreement)
    return compared


def _kappa(pairs: pd.DataFrame) -> Estimate | None:
    from statsmodels.stats.inter_rater import cohens_kappa  # Slow to import.

    counts = np.zeros((2, 2))
    for a, b in zip(pairs["a"].astype(int), pairs["b"].astype(int), strict=True):
        counts[a, b] += 1
    if len({*pairs["a"], *pairs["b"]}) < 2:
        return None
    result = cohens_kappa(counts)
    if isnan(result.kappa):
        return None
    low, high = float(result.kappa_low), float(result.kappa_upp)
    bounds = (None, None) if isnan(low) else (max(low, -1.0), min(high, 1.0))
    return Estimate(value=float(result.kappa), low=bounds[0], high=bounds[1], n=len(pairs))
