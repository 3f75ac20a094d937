"""How far the scorers without a judge are to be trusted with the answers of an evaluation."""

from collections.abc import Iterable

import pandas as pd

from backend.evaluation.scorer_accuracy import ScorerAccuracy, accuracy_of
from backend.evaluation.scorers import embedding, pattern, prefix

RULES = (pattern.NAME, prefix.NAME, embedding.NAME)
"""Scorers that follow rules."""
NOT_MEASURED = "accuracy not measured"


def rule_accuracies(table: pd.DataFrame, probe: str) -> dict[str, ScorerAccuracy | None]:
    """Return the accuracy of each scorer by rules that scored answers; None if not measured.

    It is known for the rules of today's files alone, and not for scores by earlier ones.
    """
    by_rules = table[table["scorer"].isin(RULES)]
    return {
        str(scorer): accuracy_of(probe, str(scorer), rows["scorer_sha256"].unique())
        for scorer, rows in by_rules.groupby("scorer")
    }


def note_on(probe: str, scorer: str, hashes: Iterable[str]) -> str:
    """Return how accurate a scorer by rules is, in words; empty for judges and people.

    Args:
        probe: The id of the probe.
        scorer: The name of the scorer.
        hashes: Those of the rules by which scores were made.
    """
    return said(accuracy_of(probe, scorer, hashes)) if scorer in RULES else ""


def said(accuracy: ScorerAccuracy | None) -> str:
    """Return an accuracy in words, or why the scorer's rates are not reported."""
    if accuracy is None:
        return NOT_MEASURED
    return accuracy.text if accuracy.is_enough else accuracy.problem
