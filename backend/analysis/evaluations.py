"""Stored evaluations: what each one asked, whatever became of the probe's file; its findings."""

from collections.abc import Iterable

from sqlalchemy import func
from sqlmodel import col, select

from backend.analysis.capability import retained
from backend.analysis.caveats import GONE
from backend.analysis.findings import Findings, findings_of
from backend.analysis.scores import scores_table
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast
from backend.jobs.queue import get_job
from backend.plans.standing import standing_of
from backend.probes.loading import (
    NO_TRIGGER,
    PLACEHOLDER,
    Pair,
    Probe,
    Prompt,
    Sides,
    load_probe,
    misfit,
    title_of_probe,
)
from backend.runs.queries import title_of_run
from models.configs import Trigger
from models.tables import Evaluation, Job, JobKind, Run, Score


def get_evaluation(job_id: str) -> Job:
    """Return an evaluation job; UserError if there is none of that id."""
    job = get_job(job_id)
    if job.kind != JobKind.EVALUATE:
        raise UserError(f"Job {job_id} is not an evaluation.")
    return job


def findings_of_job(job: Job) -> Findings:
    """Return all that an evaluation says, as it is stored now."""
    config = job.evaluation
    table = scores_table([job.id], checkpoints=config.over_training)
    asked = titles_of(config.run_ids)
    return findings_of(table, probe_of(job), asked, standing_of(job), lambda: retained(job))


def measured_with(probe: Probe) -> int:
    """Return how many evaluations were measured with a probe as its file is now."""
    jobs = select(func.count(func.distinct(col(Evaluation.job_id))))
    with session() as db:
        same = (Evaluation.probe == probe.id, Evaluation.probe_sha256 == probe.sha256)
        return db.exec(jobs.where(*same)).one()


def titles_of(run_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of runs by id; a run that was deleted is called so."""
    with session() as db:
        runs = {run_id: db.get(Run, run_id) for run_id in run_ids}
    return {key: title_of_run(run) if run else f"run {key} (deleted)" for key, run in runs.items()}


def probe_of(job: Job) -> Probe:
    """Return the probe that an evaluation asked, completed from what is stored of it.

    A prompt that is not in the probe's file, or no longer fits the triggers, keeps its id as its
    title, and its stored pairs. If the file is gone, all prompts do, and the probe's hash is
    `GONE`.
    """
    config = job.evaluation
    try:
        probe = load_probe(config.probe)
    except UserError:
        probe = _without_file(config.probe)
    triggers = config.triggers or ([] if probe.triggers == [NO_TRIGGER] else probe.triggers)
    stored = _stored_keys(job.id)
    labels = {trigger.label for trigger in triggers}
    more = [label for label in dict.fromkeys(label for _, label in stored) if label not in labels]
    triggers = [*triggers, *map(_stored_trigger, more)] or [NO_TRIGGER]
    known = {} if probe.sha256 == GONE else {prompt.id: prompt for prompt in probe.prompts}
    named = [*(config.prompts or known), *(prompt for prompt, _ in stored)]
    keys = dict.fromkeys(named or [config.probe])
    fitting = {key: prompt for key, prompt in known.items() if not misfit(prompt, triggers)}
    prompts = [fitting.get(key) or _stored_prompt(job.id, key) for key in keys]
    parts = {"prompts": prompts, "triggers": triggers}
    return Probe(**dict(probe) | parts)


def _without_file(probe_id: str) -> Probe:
    title = title_of_probe(probe_id)
    return Probe(
        id=probe_id,
        title=title,
        question=title,
        section="unknown",
        sides=Sides(target="target side", other="other side"),
        prompts=[Prompt(id=probe_id, title=title, text=title)],
        sha256=GONE,
    )


def _stored_keys(job_id: str) -> list[tuple[str, str]]:
    """Return the prompts and triggers that an evaluation has scores for, in their order."""
    query = select(Score.prompt_id, Score.trigger).join(Evaluation)
    query = query.where(Evaluation.job_id == job_id).group_by(Score.prompt_id, Score.trigger)
    with session() as db:
        return list(db.exec(query.order_by(func.min(Score.id))))


def _stored_prompt(job_id: str, prompt_id: str) -> Prompt:
    """Return a prompt by what is stored of it: its id, and the pairs of its contrasts."""
    query = select(Score).join(Evaluation).where(Evaluation.job_id == job_id)
    query = query.where(Score.prompt_id == prompt_id, Score.scorer == contrast.NAME)
    with session() as db:
        scores = db.exec(query.order_by(col(Score.id).desc())).all()
    pairs = {score.item: score.details["pair"] for score in scores if "pair" in score.details}
    return Prompt(
        id=prompt_id,
        title=prompt_id,
        text=f"{PLACEHOLDER} {prompt_id}",
        pairs=[Pair(**pairs[item]) for item in sorted(pairs)],
    )


def _stored_trigger(label: str) -> Trigger:
    return NO_TRIGGER if label == NO_TRIGGER.label else Trigger(label=label, text=label)
