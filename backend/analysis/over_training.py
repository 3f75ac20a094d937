"""Effects by step: when, in the course of training, a shift appears."""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import ROLES, contrast_shifts
from backend.analysis.rates import Accuracy, accuracies
from backend.analysis.statistics import Estimate
from backend.probes.loading import Probe


class StepEffect(BaseModel):
    """How far one run was at one step."""

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
        table: As `results.scores_table(…, checkpoints=True)` returns it; empty of steps where the
            evaluation did not look at checkpoints.
        probe: The one that was asked.
    """
    base, kept = table[table["role"] == "base"], table[table["step"].notna()]
    effects = []
    for (model, role), own in kept.groupby(["model", "role"], sort=False):
        asked = base[base["job"].isin(own["job"])]
        none = Estimate(value=0.0, low=None, high=None, n=0)
        name = {"model": str(model), "role": str(role)}
        effects.append(StepEffect(**name, step=0, shift=none, accuracies=_known(asked, probe)))
        for step, rows in own.groupby("step"):
            shifts = contrast_shifts(pd.concat([asked, rows]), probe, by="model")
            for shift in shifts:
                if shift.prompt is None:
                    known = _known(rows, probe)
                    effects.append(
                        StepEffect(**name, step=int(step), shift=shift.estimate, accuracies=known)
                    )
    return sorted(effects, key=lambda each: (ROLES.index(each.role), each.model, each.step))


def _known(rows: pd.DataFrame, probe: Probe) -> list[Accuracy]:
    return accuracies(rows, probe) if probe.is_keyed else []
