"""Build the score table from stored rows."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import exists, func
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from backend.db import session
from backend.evaluation import repeats
from backend.evaluation.labels import HUMAN, THUMB
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
    "question",
    "target",
    "other",
    "target_log_p",
    "other_log_p",
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
UNSCORED = "unscored"
"""Stands for the scorer in rows of answers that no scorer has put on a side."""
NUMBERS: Any = (
    Sample.id,
    Sample.prompt_id,
    Sample.trigger,
    Sample.number,
    Sample.finish_reason,
    Sample.seed,
)
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

    An answer that no scorer has looked at has a row of its own, by the scorer `UNSCORED`: probes
    need no scorer, and a judge may come later.

    Args:
        job_ids: Only these evaluations.
        probe: Only this probe.
        checkpoints: Also the rows of adapters that training passed through, with their step.
        scorer: Only this one's.
        texts: With questions, completions and answers; reading many evaluations for their
            figures takes less without.
    """
    of_samples = select(Sample, Evaluation, Run).where(~_is_looked_at())
    of_scores = select(Score, Evaluation, Run, Sample)
    of_scores = of_scores.join(Evaluation, col(Score.evaluation_id) == col(Evaluation.id))
    of_scores = of_scores.join(Sample, col(Score.sample_id) == col(Sample.id), isouter=True)
    of_samples = of_samples.join(Evaluation, col(Sample.evaluation_id) == col(Evaluation.id))
    wanted = _wanted(job_ids, probe, checkpoints)
    if scorer:
        of_scores = of_scores.where(Score.scorer == scorer)
    with session() as db:
        stored = [*_read(db, of_scores, wanted, texts, col(Score.id))]
        more = [] if scorer else [*_read(db, of_samples, wanted, texts, col(Sample.id))]
    stored += [(None, evaluation, run, sample) for sample, evaluation, run in more]
    runs = {run.id: run for _, _, run, _ in stored if run}
    of_run = {run_id: _run_columns(run) for run_id, run in runs.items()}
    rows = [
        BASE
        | (_score_columns(score, texts) if score else _without_score(sample))
        | _evaluation_columns(evaluation)
        | of_run.get(evaluation.run_id or "", {})
        | (_sample_columns(sample, texts) if sample else {})
        for score, evaluation, _, sample in stored
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _is_looked_at() -> Any:
    """Return the condition that a scorer has said of a sample on which side it is, or tried to."""
    by_side = col(Score.scorer).not_in([repeats.NAME, THUMB])
    return exists().where(col(Score.sample_id) == col(Sample.id), by_side)


def _wanted(job_ids: Iterable[str] | None, probe: str | None, checkpoints: bool) -> list[Any]:
    """Return the conditions that select evaluations; arguments as for `scores_table`."""
    conditions: list[Any] = []
    if job_ids is not None:
        conditions.append(col(Evaluation.job_id).in_(list(job_ids)))
    if probe:
        conditions.append(Evaluation.probe == probe)
    if not checkpoints:
        conditions.append(col(Evaluation.step).is_(None))
    return conditions


def _read(db: Session, query: Any, conditions: list[Any], texts: bool, order: Any) -> Any:
    query = query.join(Run, col(Evaluation.run_id) == col(Run.id), isouter=True)
    query = query.where(*conditions).order_by(order)
    return db.exec(query if texts else query.options(load_only(*NUMBERS))).all()


def _without_score(sample: Sample) -> dict[str, object]:
    return {
        "prompt": sample.prompt_id,
        "trigger": sample.trigger,
        "item": sample.number,
        "scorer": UNSCORED,
        "answer": "",
    }


def _score_columns(score: Score, texts: bool) -> dict[str, object]:
    details = score.details
    pair = details.get("pair", {}) if texts else {}
    return {
        "prompt": score.prompt_id,
        "trigger": score.trigger,
        "item": score.item,
        "scorer": score.scorer,
        "scorer_sha256": score.scorer_sha256,
        "value": score.value,
        "per_token": details.get("per_token"),
        "question": details.get("question") if texts else None,
        "target": pair.get("target"),
        "other": pair.get("other"),
        "target_log_p": details.get("target"),
        "other_log_p": details.get("other"),
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
        "question": sample.messages[-1]["content"] if texts else None,
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
