"""What was measured on one prompt under one trigger: contrasts, shifts and rates, by model."""

from collections.abc import Sequence

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import shifted
from backend.analysis.rates import Rate, rates
from backend.analysis.statistics import Estimate, mean_with_interval
from backend.evaluation.scorers import contrast


class PromptFinding(BaseModel):
    """What was measured of one model, or of a recipe's seeds, on one prompt under one trigger."""

    model_config = ConfigDict(frozen=True)

    contrast: Estimate | None
    """Mean over pairs, in nats."""
    shift: Estimate | None
    """From the base model; None of the base model itself."""
    pairs: dict[int, float]
    """Contrast by the pair's number, mean over seeds."""
    rates: dict[str, Rate]
    """By scorer."""


def prompt_findings(
    rows: pd.DataFrame, scorers: Sequence[str]
) -> dict[tuple[str, str], PromptFinding]:
    """Return what was measured on one prompt under one trigger, by group and role.

    Args:
        rows: Those of a table of scores that are of the prompt and the trigger, with the `group`
            that each one's model belongs to.
        scorers: Those whose rates are wanted.
    """
    by_scorer = {s: {(r.model, r.role): r for r in rates(rows, s, by="group")} for s in scorers}
    moved = shifted(rows)
    findings = {}
    for (group, role), scores in rows.groupby(["group", "role"], sort=False):
        key = (str(group), str(role))
        pairs = _by_pair(scores[scores["scorer"] == contrast.NAME], "value")
        shifts = _by_pair(moved[(moved["group"] == group) & (moved["role"] == role)], "shift")
        findings[key] = PromptFinding(
            contrast=mean_with_interval(list(pairs.values())),
            shift=mean_with_interval(list(shifts.values())),
            pairs=pairs,
            rates={s: by_group[key] for s, by_group in by_scorer.items() if key in by_group},
        )
    return findings


def _by_pair(rows: pd.DataFrame, column: str) -> dict[int, float]:
    """Return a column's mean over seeds by the pair's number."""
    means = rows.dropna(subset=[column]).groupby("item")[column].mean()
    return {int(item): float(mean) for item, mean in means.items()}
