"""Stored rows to the one long table of scores."""

from collections.abc import Iterable

import pandas as pd
from sqlmodel import col, select

from backend.db import session
from backend.runs.queries import recipe_of, role_of
from models.tables import Evaluation, Job, Run, Sample, Score

COLUMNS = [
    "job",
    "evaluation",
    "run",
    "model",
    "role",
    "dataset",
    "dataset_sha256",
    "seed",
    "recipe",
    "base_model",
    "adapter_sha256",
    "code_version",
    "probe",
    "probe_sha256",
    "prompt",
    "trigger",
    "item",
    "scorer",
    "scorer_sha256",
    "value",
    "per_token",
    "answer",
    "explanation",
    "sample",
    "completion",
    "finish_reason",
    "sample_seed",
    "step",
    "engine",
]


def scores_table(
    job_ids: Iterable[str] | None = None,
    probe: str | None = None,
    checkpoints: bool = False,
    scorer: str | None = None,
) -> pd.DataFrame:
    """Return one row for each score, with its lineage; columns as in `COLUMNS`.

    Args:
        job_ids: Only these evaluations.
        probe: Only this probe.
        checkpoints: Also the rows of adapters that training passed through, with their step.
        scorer: Only this one's.
    """
    query = (
        select(Score, Evaluation, Run, Sample)
        .join(Evaluation, col(Score.evaluation_id) == col(Evaluation.id))
        .join(Run, col(Evaluation.run_id) == col(Run.id), isouter=True)
        .join(Sample, col(Score.sample_id) == col(Sample.id), isouter=True)
        .order_by(col(Score.id))
    )
    if job_ids is not None:
        query = query.where(col(Evaluation.job_id).in_(list(job_ids)))
    if probe:
        query = query.where(Evaluation.probe == probe)
    if scorer:
        query = query.where(Score.scorer == scorer)
    if not checkpoints:
        query = query.where(col(Evaluation.step).is_(None))
    with session() as db:
        found = db.exec(query).all()
    runs = {run.id: run for _, _, run, _ in found if run}
    roles = {key: role_of(run) for key, run in runs.items()}
    recipes = {key: recipe_of(run) for key, run in runs.items()}
    rows = [_row(roles, recipes, *each) for each in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    roles: dict[str, str],
    recipes: dict[str, str],
    score: Score,
    evaluation: Evaluation,
    run: Run | None,
    sample: Sample,
) -> list[object]:
    run_part: list[object] = [None] * 4
    if run:
        run_part = [run.dataset, run.dataset_sha256, run.config.get("seed"), recipes[run.id]]
    sampled = [sample.id, sample.completion, sample.finish_reason, sample.seed] if sample else []
    return [
        evaluation.job_id,
        evaluation.id,
        evaluation.run_id,
        run.name if run else evaluation.model,
        roles[run.id] if run else "base",
        *run_part,
        evaluation.base_model,
        evaluation.adapter_sha256,
        evaluation.code_version,
        evaluation.probe,
        evaluation.probe_sha256,
        score.prompt_id,
        score.trigger,
        score.item,
        score.scorer,
        score.scorer_sha256,
        score.value,
        score.details.get("per_token"),
        score.answer,
        score.explanation,
        *(sampled or [None] * 4),
        evaluation.step,
        evaluation.engine,
    ]


def evaluation_jobs() -> list[Job]:
    """Return the jobs that have stored scores, the newest first."""
    query = select(Job).join(Evaluation).order_by(col(Job.created_at).desc()).distinct()
    with session() as db:
        return list(db.exec(query))
