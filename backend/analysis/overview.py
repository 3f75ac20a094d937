"""All runs and all probes: the newest effect of each, with its verdict."""

from collections.abc import Iterable

import pandas as pd
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.analysis.finding import GAP, GAP_BEYOND, Finding, headline
from backend.analysis.findings import Findings, findings_of
from backend.analysis.scores import scores_table
from backend.analysis.statistics import adjusted
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast
from backend.plans.standing import standing_of
from backend.probes.loading import Probe, load_probe
from backend.runs.queries import suits
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobKind, JobState, Run, Sample, Score


class Effect(Finding):
    """A finding on one run, with what it was measured on.

    Its p value is adjusted for all effects where it stands among them.
    """

    run: str
    """Its id."""
    name: str
    dataset: str
    base_model: str
    probe: str
    """Its id."""
    title: str
    """The probe's."""
    job: str
    suits: bool
    """Whether the probe is the one that the run's dataset is made for."""


def overview() -> list[Effect]:
    """Return the newest effect of every run by every probe that was asked whole, newest first.

    Their p values are adjusted for all of them.
    """
    newest: dict[tuple[str, str, str, str], Effect] = {}
    for job, config in finished_evaluations():
        for effect in _effects(job, config):
            newest.setdefault((effect.run, effect.probe, effect.scorer, effect.kind), effect)
    effects = list(newest.values())
    p_values = adjusted([effect.p for effect in effects])
    pairs = zip(effects, p_values, strict=True)
    return [effect.model_copy(update={"p": p}) for effect, p in pairs]


def primary_effects(effects: Iterable[Effect]) -> list[Effect]:
    """Return the effects by which runs are judged, by the probe made for their dataset.

    These are its headline: what goes beyond the control's gap, else the gap, else what goes beyond
    the control, else the shift; of contrasts where there are any, else of answers.
    """
    by_run: dict[str, list[Effect]] = {}
    for effect in effects:
        if effect.suits:
            by_run.setdefault(effect.run, []).append(effect)
    return [effect for of_run in by_run.values() for effect in headline(of_run)]


class LeftOut(BaseModel):
    """How many evaluations of runs are not in the overview, by reason."""

    model_config = ConfigDict(frozen=True)

    unfinished: int
    reworded: int
    partial: int = 0
    """Asked only some of the questions, or under other triggers than the probe's."""


def left_out() -> LeftOut:
    """Return how many evaluations with scores ended early, or asked not what the probe asks now."""
    ended = (JobState.CANCELLED, JobState.FAILED)
    with_scores = select(Evaluation.job_id).join(Score)
    query = select(Job).where(Job.kind == JobKind.EVALUATE, col(Job.state).in_(ended))
    with session() as db:
        unfinished = db.exec(query.where(col(Job.id).in_(with_scores))).all()
    reworded = partial = 0
    for job, config in _finished():
        if not asks_all(config):
            partial += 1
            continue
        table = scores_table([job.id], texts=False)
        try:
            reworded += not (table.empty or asked_as_today(table, load_probe(config.probe)))
        except UserError:  # Its probe is gone.
            reworded += 1
    return LeftOut(unfinished=len(unfinished), reworded=reworded, partial=partial)


def finished_evaluations() -> Iterable[tuple[Job, EvaluationConfig]]:
    """Return the evaluations that are done and asked their whole probe, the newest first."""
    return ((job, config) for job, config in _finished() if asks_all(config))


def _finished() -> Iterable[tuple[Job, EvaluationConfig]]:
    """Return the evaluations of runs that are done, the newest first."""
    done = select(Job).where(Job.kind == JobKind.EVALUATE, Job.state == JobState.DONE)
    with session() as db:
        jobs = db.exec(done.order_by(col(Job.created_at).desc())).all()
    for job in jobs:
        config = job.evaluation
        if config.run_ids:
            yield job, config


def asks_all(config: EvaluationConfig) -> bool:
    """Whether an evaluation asks all of its probe's questions under all of its triggers.

    A sweep names its questions and triggers, also where they are those of the probe.
    """
    if config.prompts is None and config.triggers is None:
        return True
    try:
        probe = load_probe(config.probe)
    except UserError:
        return False
    prompts = {prompt.id for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    named = triggers if config.triggers is None else {t.label: t for t in config.triggers}
    return (config.prompts is None or set(config.prompts) == prompts) and named == triggers


def _effects(job: Job, config: EvaluationConfig) -> list[Effect]:
    try:
        probe = load_probe(config.probe)
    except UserError:  # Its file is gone; its findings stay on the results page.
        return []
    table = scores_table([job.id], texts=False)
    if not asked_as_today(table, probe):
        return []
    findings = findings_of(table, probe, standing=standing_of(job))
    with session() as db:
        runs = [run for key in config.run_ids if (run := db.get(Run, key))]
    return [effect for run in runs for effect in effects_of(run, findings, job.id)]


def asked_as_today(table: pd.DataFrame, probe: Probe) -> bool:
    """Whether scores are of the prompts as they are worded today."""
    contrasts = table.loc[table["scorer"] == contrast.NAME, "scorer_sha256"]
    if len(contrasts):
        return set(contrasts) <= contrast.fingerprints(probe)
    return len(table) > 0 and all(_answered_as_today(job, probe) for job in table["job"].unique())


def _answered_as_today(job_id: str, probe: Probe) -> bool:
    """Whether the answers of an evaluation are to the prompts as they are worded today."""
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    asked = {
        (prompt.id, label): prompt.under(trigger).messages()
        for prompt in probe.prompts
        for label, trigger in triggers.items()
    }
    query = select(Sample.prompt_id, Sample.trigger, Sample.messages).join(Evaluation)
    query = query.where(Evaluation.job_id == job_id, Sample.number == 0)
    with session() as db:
        stored = db.exec(query).all()
    return all(asked.get((prompt, label)) == messages for prompt, label, messages in stored)


def effects_of(run: Run, findings: Findings, job: str) -> list[Effect]:
    """Return what an evaluation found of one run: its gaps where a trigger is to turn it on.

    A mean over all triggers would say nothing of a behaviour that only some of them turn on.
    """
    probe = findings.probe
    measured = [each for each in findings.runs if each.run == run.id]
    of_run = [finding for each in measured for finding in [*each.effects, *each.answers]]
    of_run = [f for f in of_run if f.effect in (GAP, GAP_BEYOND)] or of_run
    return [
        Effect(
            **dict(finding) | {"standing": _standing(finding, findings)},
            run=run.id,
            name=run.name,
            dataset=run.dataset,
            base_model=run.base_model,
            probe=probe.id,
            title=probe.title,
            job=job,
            suits=suits(run, probe),
        )
        for finding in of_run
    ]


def _standing(finding: Finding, findings: Findings) -> str:
    """Return the standing of one run's effect; plans are of contrasts."""
    if finding.is_of_answers:
        return finding.standing
    return findings.standing.of_run(finding.effect, finding.role)
