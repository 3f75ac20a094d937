"""All runs and all probes: the newest effect of each, with its verdict."""

from collections.abc import Iterable

import pandas as pd
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.analysis.effects import beyond_control, contrast_shifts, trigger_gaps
from backend.analysis.scores import scores_table
from backend.analysis.statistics import Estimate
from backend.analysis.verdict import Gate, gate
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe, load_probe
from backend.runs.queries import role_of, suits
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobKind, JobState, Run, Score

SHIFT, BEYOND = "shift", "beyond control"


class Effect(BaseModel):
    """What a probe found of one run, in nats per completion."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Its id."""
    name: str
    role: str
    dataset: str
    base_model: str
    probe: str
    """Its id."""
    title: str
    """The probe's."""
    kind: str
    """"shift", over all triggers; "beyond control", where one was asked in the same evaluation; or
    "gap at X" where a trigger X should turn the behaviour on."""
    estimate: Estimate
    verdict: Gate
    job: str
    suits: bool
    """Whether the probe is the one that the run's dataset is made for."""


def overview() -> list[Effect]:
    """Return the newest effect of every run by every probe that was asked whole, newest first."""
    effects: dict[tuple[str, str, str], Effect] = {}
    for job, config in finished_evaluations():
        for effect in _effects(job, config):
            effects.setdefault((effect.run, effect.probe, effect.kind), effect)
    return list(effects.values())


def telling(effects: Iterable[Effect]) -> list[Effect]:
    """Return the effects by which runs are judged, by the probe made for their dataset.

    These are the gaps, else what goes beyond the control, else the shift.
    """
    own = [effect for effect in effects if effect.suits]
    best = {run: min(_rank(e) for e in own if e.run == run) for run in {e.run for e in own}}
    return [effect for effect in own if _rank(effect) == best[effect.run]]


def _rank(effect: Effect) -> int:
    return {BEYOND: 1, SHIFT: 2}.get(effect.kind, 0)


class LeftOut(BaseModel):
    """Evaluations of runs that the overview does not take up, by reason."""

    model_config = ConfigDict(frozen=True)

    unfinished: int
    reworded: int


def left_out() -> LeftOut:
    """Return how many evaluations with contrasts ended early or asked in other words than today."""
    ended = (JobState.CANCELLED, JobState.FAILED)
    with_contrasts = select(Evaluation.job_id).join(Score).where(Score.scorer == contrast.NAME)
    query = select(Job).where(Job.kind == JobKind.EVALUATE, col(Job.state).in_(ended))
    with session() as db:
        unfinished = db.exec(query.where(col(Job.id).in_(with_contrasts))).all()
    reworded = 0
    for job, config in finished_evaluations():
        table = scores_table([job.id], scorer=contrast.NAME)
        try:
            reworded += not (table.empty or asked_as_today(table, load_probe(config.probe)))
        except UserError:  # Its probe is gone.
            reworded += 1
    return LeftOut(unfinished=len(unfinished), reworded=reworded)


def finished_evaluations() -> Iterable[tuple[Job, EvaluationConfig]]:
    """Return the evaluations that are done and asked their whole probe, the newest first."""
    done = select(Job).where(Job.kind == JobKind.EVALUATE, Job.state == JobState.DONE)
    with session() as db:
        jobs = db.exec(done.order_by(col(Job.created_at).desc())).all()
    for job in jobs:
        config = job.evaluation
        if config.run_ids and config.prompts is None and config.triggers is None:
            yield job, config


def _effects(job: Job, config: EvaluationConfig) -> list[Effect]:
    try:
        probe = load_probe(config.probe)
    except UserError:  # Its file is gone; what it found stays on the results page.
        return []
    table = scores_table([job.id], scorer=contrast.NAME)
    if not asked_as_today(table, probe):
        return []
    with session() as db:
        runs = [run for key in config.run_ids if (run := db.get(Run, key))]
    return [effect for run in runs for effect in effects_of(run, table, probe, job.id)]


def asked_as_today(contrasts: pd.DataFrame, probe: Probe) -> bool:
    """Whether contrasts are of the words that would be asked today, whatever else has changed."""
    asked = {contrast.fingerprint(p.under(t)) for p in probe.prompts for t in probe.triggers}
    return not contrasts.empty and set(contrasts["scorer_sha256"]) <= asked


def effects_of(run: Run, table: pd.DataFrame, probe: Probe, job: str) -> list[Effect]:
    """Return what one evaluation found of one run."""
    own = table[(table["run"] == run.id) | (table["role"] == "base")]
    found = [(f"gap at {gap.trigger}", gap.estimate) for gap in trigger_gaps(own, probe)]
    shifts = contrast_shifts(own, probe, by="model")
    found += [(SHIFT, shift.estimate) for shift in shifts if shift.prompt is None]
    if role_of(run) == "finetuned":
        beside = pd.concat([own, table[table["role"] == "control"]])
        if beyond := beyond_control(beside, run.dataset):
            found.append((BEYOND, beyond))
    return [
        Effect(
            run=run.id,
            name=run.name,
            role=role_of(run),
            dataset=run.dataset,
            base_model=run.base_model,
            probe=probe.id,
            title=probe.title,
            kind=kind,
            estimate=estimate,
            job=job,
            suits=suits(run, probe),
            verdict=gate(estimate, probe.smallest_effect.contrast, seeds=1),
        )
        for kind, estimate in found
    ]
