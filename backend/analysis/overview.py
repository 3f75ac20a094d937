"""All runs and all probes: the newest effect of each, with its verdict."""

from collections.abc import Iterable

import pandas as pd
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.analysis.findings import BEYOND, SHIFT, Findings, findings_of
from backend.analysis.scores import scores_table
from backend.analysis.statistics import Estimate, adjusted
from backend.analysis.verdict import Verdict
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast
from backend.plans.standing import standing_of
from backend.probes.loading import Probe, load_probe
from backend.runs.queries import role_of, suits
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobKind, JobState, Run, Score


class Effect(BaseModel):
    """A finding on one run, in nats per completion, with what it was measured on."""

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
    """"shift", over all triggers; "beyond control", if one was in the same evaluation; or "gap at
    X" where a trigger X should turn the behaviour on."""
    estimate: Estimate
    verdict: Verdict
    p: float | None
    """Of no effect at all; adjusted for all effects where it stands among them."""
    job: str
    suits: bool
    """Whether the probe is the one that the run's dataset is made for."""
    standing: str = "exploratory"
    """Whether a frozen plan tests it, or tests it together with other runs."""


def overview() -> list[Effect]:
    """Return the newest effect of every run by every probe that was asked whole, newest first.

    Their p values are adjusted for all of them.
    """
    newest: dict[tuple[str, str, str], Effect] = {}
    for job, config in finished_evaluations():
        for effect in _effects(job, config):
            newest.setdefault((effect.run, effect.probe, effect.kind), effect)
    effects = list(newest.values())
    p_values = adjusted([effect.p for effect in effects])
    pairs = zip(effects, p_values, strict=True)
    return [effect.model_copy(update={"p": p}) for effect, p in pairs]


def primary_effects(effects: Iterable[Effect]) -> list[Effect]:
    """Return the effects by which runs are judged, by the probe made for their dataset.

    These are the gaps, else what goes beyond the control, else the shift.
    """
    suited = [effect for effect in effects if effect.suits]
    best = {run: min(_rank(e) for e in suited if e.run == run) for run in {e.run for e in suited}}
    return [effect for effect in suited if _rank(effect) == best[effect.run]]


def _rank(effect: Effect) -> int:
    return {BEYOND: 1, SHIFT: 2}.get(effect.kind, 0)


class LeftOut(BaseModel):
    """How many evaluations of runs are not in the overview, by reason."""

    model_config = ConfigDict(frozen=True)

    unfinished: int
    reworded: int


def left_out() -> LeftOut:
    """Return how many evaluations with contrasts ended early or had other wordings than today's."""
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
    except UserError:  # Its file is gone; its findings stay on the results page.
        return []
    table = scores_table([job.id], scorer=contrast.NAME)
    if not asked_as_today(table, probe):
        return []
    findings = findings_of(table, probe, standing=standing_of(job))
    with session() as db:
        runs = [run for key in config.run_ids if (run := db.get(Run, key))]
    return [effect for run in runs for effect in effects_of(run, findings, job.id)]


def asked_as_today(contrasts: pd.DataFrame, probe: Probe) -> bool:
    """Whether contrasts are of the prompts as they are worded today."""
    today = contrast.fingerprints(probe)
    return not contrasts.empty and set(contrasts["scorer_sha256"]) <= today


def effects_of(run: Run, findings: Findings, job: str) -> list[Effect]:
    """Return what an evaluation found of one run."""
    probe = findings.probe
    of_run = [f for measured in findings.runs if measured.run == run.id for f in measured.effects]
    return [
        Effect(
            run=run.id,
            name=run.name,
            role=role_of(run),
            dataset=run.dataset,
            base_model=run.base_model,
            probe=probe.id,
            title=probe.title,
            kind=finding.kind,
            estimate=finding.estimate,
            verdict=finding.verdict,
            p=finding.p,
            job=job,
            suits=suits(run, probe),
            standing=findings.standing.of_run(finding.effect, finding.role),
        )
        for finding in of_run
    ]
