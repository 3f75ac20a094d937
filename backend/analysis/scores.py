"""Build the score table from stored rows."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import exists, func
from sqlalchemy.orm import load_only
from sqlmodel import col, select

from backend.db import session
from backend.evaluation.labels import HUMAN
from backend.runs.queries import recipe_of, role_of
from models.configs import recipe_words
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
    "strength",
    "template",
]
NUMBERS: Any = (Sample.id, Sample.finish_reason, Sample.seed)
"""What is read of samples without their texts."""
BASE: dict[str, object] = dict.fromkeys(COLUMNS) | {"role": "base"}
"""A row before anything is known of its run and sample."""


def scores_table(
    job_ids: Iterable[str] | None = None,
    probe: str | None = None,
    checkpoints: bool = False,
    scorer: str | None = None,
    texts: bool = True,
) -> pd.DataFrame:
    """Return one row for each score, with its lineage; the columns are `COLUMNS`.

    Args:
        job_ids: Only these evaluations.
        probe: Only this probe.
        checkpoints: Also the rows of adapters that training passed through, with their step.
        scorer: Only this one's.
        texts: With the answers; reading many evaluations for their figures takes less without.
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
    if not texts:
        query = query.options(load_only(*NUMBERS))
    with session() as db:
        stored = db.exec(query).all()
    runs = {run.id: run for _, _, run, _ in stored if run}
    of_run = {run_id: _run_columns(run) for run_id, run in runs.items()}
    rows = [
        BASE
        | _score_columns(score)
        | _evaluation_columns(evaluation)
        | of_run.get(evaluation.run_id or "", {})
        | (_sample_columns(sample, texts) if sample else {})
        for score, evaluation, _, sample in stored
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _score_columns(score: Score) -> dict[str, object]:
    return {
        "prompt": score.prompt_id,
        "trigger": score.trigger,
        "item": score.item,
        "scorer": score.scorer,
        "scorer_sha256": score.scorer_sha256,
        "value": score.value,
        "per_token": score.details.get("per_token"),
        "answer": score.answer,
        "explanation": score.explanation,
    }


def _evaluation_columns(evaluation: Evaluation) -> dict[str, object]:
    return {
        "job": evaluation.job_id,
        "evaluation": evaluation.id,
        "run": evaluation.run_id,
        "model": evaluation.model,
        "base_model": evaluation.base_model,
        "adapter_sha256": evaluation.adapter_sha256,
        "code_version": evaluation.code_version,
        "probe": evaluation.probe,
        "probe_sha256": evaluation.probe_sha256,
        "step": evaluation.step,
        "engine": evaluation.engine,
        "strength": evaluation.strength,
        "template": evaluation.template,
    }


def _run_columns(run: Run) -> dict[str, object]:
    return {
        "model": run.name,  # It may have been renamed since the evaluation.
        "role": role_of(run),
        "dataset": run.dataset,
        "dataset_sha256": run.dataset_sha256,
        "seed": run.config.get("seed"),
        "recipe": recipe_of(run.config),
    }


def _sample_columns(sample: Sample, texts: bool) -> dict[str, object]:
    return {
        "sample": sample.id,
        "completion": sample.completion if texts else None,
        "finish_reason": sample.finish_reason,
        "sample_seed": sample.seed,
    }


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of scores with each recipe in words, as files and people take it."""
    words = [", ".join(recipe_words(recipe)) if recipe else None for recipe in table["recipe"]]
    return table.assign(recipe=words)


def evaluation_jobs() -> list[Job]:
    """Return the jobs that have stored scores, the newest first."""
    # Not DISTINCT: PostgreSQL compares no JSON, which a job's row holds.
    evaluated = exists().where(col(Evaluation.job_id) == col(Job.id))
    query = select(Job).where(evaluated).order_by(col(Job.created_at).desc())
    with session() as db:
        return list(db.exec(query))


def score_marks() -> tuple[int, int, float]:
    """Return numbers that change whenever an answer is scored, judged or labelled."""
    of_scores = select(func.count(col(Score.id)), func.max(Score.id))
    of_labels = select(func.sum(col(Score.value))).where(Score.scorer == HUMAN)
    with session() as db:
        count, last = db.exec(of_scores).one()
        return count, last or 0, db.exec(of_labels).one() or 0.0
