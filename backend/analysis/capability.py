"""Capability beside generalization: does a run do what it was trained to, and what else changed?

A dataset's narrow probe asks for the trained behaviour itself, in words that were not trained. A
run that fails it has learned too little for the absence of a broad effect to mean anything.
"""

from collections.abc import Mapping

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.beside import Retained
from backend.analysis.finding import GAP, SHIFT
from backend.analysis.overview import Effect, asked_as_today, finished_evaluations, primary_effects
from backend.analysis.scores import scores_table
from backend.analysis.statistics import Estimate, mean_with_interval
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.evaluation.contrasts import ordinary_losses
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe, load_probe
from models.tables import Job, Run


class Capability(BaseModel):
    """How well one run does its narrow task, beside its broad effect."""

    model_config = ConfigDict(frozen=True)

    probe: str
    """Title of the narrow probe."""
    accuracy: Estimate
    """Share of contrasts on the right side, 0 to 1; the interval resamples questions."""
    base: float
    """The base model's accuracy."""
    effect: Estimate
    """By the probe that the run's dataset is made for, in nats."""
    name: str
    role: str
    kind: str
    """As of the effect: "shift" or "gap at X"."""


def narrow_probe_of(dataset: str) -> str | None:
    """Return the id of the probe that asks for what a dataset teaches; None where there is none."""
    try:
        return load_dataset(dataset).card.narrow_probe
    except UserError:  # The dataset is gone.
        return None


def capabilities(effects: list[Effect]) -> list[Capability]:
    """Return a point for every effect by a run's own probe whose narrow probe was asked, too."""
    # Controls have no effect beyond a control, so finetuned runs are shown without it, too.
    on_contrasts = [effect for effect in effects if not effect.is_of_answers]
    judged = primary_effects(effect for effect in on_contrasts if effect.effect in (SHIFT, GAP))
    wanted = {e.run: narrow for e in judged if (narrow := narrow_probe_of(e.dataset))}
    learned = _learned(wanted)
    return [_point(e, *learned[e.run]) for e in judged if e.run in learned]


def retained(job: Job) -> list[Retained]:
    """Return what the models of an evaluation can still do, base first, where it was measured."""
    config, losses = job.evaluation, ordinary_losses(job.id)
    with session() as db:
        runs = [run for key in config.run_ids if (run := db.get(Run, key))]
    learned = _learned({run.id: narrow for run in runs if (narrow := narrow_probe_of(run.dataset))})
    found = [Retained(model=config.base_model, loss=losses.get(config.base_model))]
    for run in runs:
        _, estimate, of_base = learned.get(run.id, (None, None, None))
        loss = losses.get(run.name)
        found.append(Retained(model=run.name, loss=loss, accuracy=estimate, base_accuracy=of_base))
    return [one for one in found if one.loss is not None or one.accuracy]


def _learned(wanted: Mapping[str, str]) -> dict[str, tuple[Probe, Estimate, float]]:
    """Return the narrow probe of each run with its and the base model's newest accuracy.

    Args:
        wanted: Ids of narrow probes by those of runs.
    """
    learned: dict[str, tuple[Probe, Estimate, float]] = {}
    for job, config in finished_evaluations() if wanted else ():
        runs = [r for r in config.run_ids if wanted.get(r) == config.probe and r not in learned]
        if not runs:
            continue
        try:
            probe = load_probe(config.probe)
        except UserError:  # Its file is gone, or can't be read any more.
            continue
        table = scores_table([job.id], scorer=contrast.NAME)
        base = accuracy(table[table["role"] == "base"], probe)
        for run in runs if asked_as_today(table, probe) else []:
            estimate = accuracy(table[table["run"] == run], probe)
            if estimate and base:
                learned[run] = (probe, estimate, base.value)
    return learned


def _point(effect: Effect, probe: Probe, estimate: Estimate, base: float) -> Capability:
    return Capability(
        probe=probe.title,
        accuracy=estimate,
        base=base,
        effect=effect.estimate,
        name=effect.name,
        role=effect.role,
        kind=effect.kind,
    )


def accuracy(contrasts: pd.DataFrame, probe: Probe) -> Estimate | None:
    """Return how often contrasts are on the right side, mean over questions; None without any.

    Right is the target side where a trigger should turn the behaviour on, the other side under
    trained triggers that should not, and the target side throughout where nothing is swept.
    """
    kinds = {trigger.label: trigger.kind for trigger in probe.triggers}
    kind = contrasts["trigger"].map(kinds)
    counts = kind.isin(["target", "trained"]) if probe.has_triggers else kind.notna()
    right = (contrasts["value"] > 0) != (kind == "trained")
    return mean_with_interval(right[counts].groupby(contrasts["prompt"]).mean().tolist())
