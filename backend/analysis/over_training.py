"""Compute effects by training step, which show when a shift appears."""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import ROLES, contrast_shifts
from backend.analysis.rates import Accuracy, accuracies
from backend.analysis.statistics import Estimate
from backend.probes.loading import Probe


class StepEffect(BaseModel):
    """The effect of one run at one step."""

    model_config = ConfigDict(frozen=True)

    model: str
    """The run's name."""
    role: str
    step: int
    """0 is the base model."""
    shift: Estimate
    """Of the contrasts from the base model's, in nats per completion; 0 at step 0."""
    accuracies: list[Accuracy]
    """By kind of trigger, for a keyed probe; else empty."""


def effect_over_steps(table: pd.DataFrame, probe: Probe) -> list[StepEffect]:
    """Return each run's effect at each of its checkpoints, in order of steps.

    Args:
        table: As `scores_table(…, checkpoints=True)` returns it; without steps where the
            evaluation did not include checkpoints.
        probe: The one that was asked.
    """
    base, kept = table[table["role"] == "base"], table[table["step"].notna()]
    effects = []
    for (model, role), rows in kept.groupby(["model", "role"], sort=False):
        beside = base[base["job"].isin(rows["job"])]
        steps = [(0, START, beside)]
        for step, scores in rows.groupby("step"):
            shifts = contrast_shifts(pd.concat([beside, scores]), probe, by="model")
            whole = [shift.estimate for shift in shifts if shift.prompt is None]
            steps += [(int(step), estimate, scores) for estimate in whole]
        effects += [
            StepEffect(
                model=str(model),
                role=str(role),
                step=step,
                shift=estimate,
                accuracies=accuracies(scores, probe) if probe.is_keyed else [],
            )
            for step, estimate, scores in steps
        ]
    return sorted(effects, key=lambda effect: (ROLES.index(effect.role), effect.model, effect.step))


START = Estimate(value=0.0, low=None, high=None, n=0)
"""The base model's shift from itself."""
