"""Browse stored samples, as many as there may be: a page at a time, filtered by the database."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from backend.analysis.rates import order_of
from backend.db import containing, session
from backend.errors import NotFoundError
from models.tables import Evaluation, Run, Sample, Score

PAGE = 50
"""Samples of one page."""
MOST_COUNTED = 10_000
"""Beyond it a page says "more than": counting a million rows takes longer than reading a page."""


class SampleFilter(BaseModel):
    """Which samples are wanted; empty takes all."""

    model_config = ConfigDict(frozen=True)

    job: str = ""
    """Of the evaluation."""
    model: str = ""
    prompt: str = ""
    trigger: str | None = None
    scorer: str = ""
    said: str | None = None
    """The scorer's answer; empty is unscored, None anything."""
    words: str = ""
    """All of which the answer holds; see `db.containing`."""


class FoundSample(BaseModel):
    """A sample with its model, in a list."""

    model_config = ConfigDict(frozen=True)

    id: int
    model: str
    run: str | None
    prompt: str
    trigger: str
    completion: str
    said: str | None
    """By the filter's scorer; empty is unscored, None that it said nothing."""


def count(wanted: SampleFilter) -> int:
    """Return how many samples there are, at most one more than `MOST_COUNTED`."""
    key, clauses = _where(wanted)
    some = select(key).where(*clauses).limit(MOST_COUNTED + 1).subquery()
    with session() as db:
        return db.exec(select(func.count()).select_from(some)).one()


def find(
    wanted: SampleFilter,
    at: int = 0,
    direction: Literal["after", "before"] = "after",
    size: int = PAGE,
) -> list[FoundSample]:
    """Return a page of samples in the order in which they were drawn.

    Args:
        wanted: The filter.
        at: Id of the sample that the page begins after, or ends before; 0 is none.
        direction: Which of both.
        size: Most samples to return.
    """
    key, clauses = _where(wanted)
    backwards = direction == "before"
    if at:
        clauses.append(key < at if backwards else key > at)
    ids = select(key).where(*clauses).order_by(key.desc() if backwards else key).limit(size)
    with session() as db:
        rows = db.exec(select(Sample).where(col(Sample.id).in_(list(db.exec(ids))))).all()
        said = _said([row.id or 0 for row in rows], wanted.scorer, db)
        owners = {row.evaluation_id: db.get_one(Evaluation, row.evaluation_id) for row in rows}
    found = [_found(row, owners[row.evaluation_id], said) for row in rows]
    return sorted(found, key=lambda sample: sample.id)


def _found(row: Sample, owner: Evaluation, said: dict[int, str]) -> FoundSample:
    return FoundSample(
        id=row.id or 0,
        model=owner.model,
        run=owner.run_id,
        prompt=row.prompt_id,
        trigger=row.trigger,
        completion=row.completion,
        said=said.get(row.id or 0),
    )


def _said(samples: Sequence[int], scorer: str, db: Session) -> dict[int, str]:
    query = select(Score).where(col(Score.sample_id).in_(samples), Score.scorer == scorer)
    return {score.sample_id or 0: score.answer for score in db.exec(query)}


def _where(wanted: SampleFilter) -> tuple[Any, list[Any]]:
    """Return the column of samples' ids to go through in order, and what holds of each.

    SQLite goes through the index of that column and stops when a page is full. So it is the one
    that narrows most: that of the words, else of a score, else of the samples themselves.
    """
    key: Any = col(Sample.id)
    clauses: list[Any] = []
    if wanted.scorer and wanted.said is not None:
        said = [col(Score.scorer) == wanted.scorer, col(Score.answer) == wanted.said]
        if wanted.words:
            clauses.append(exists().where(col(Score.sample_id) == key, *said))
        else:
            key, clauses = col(Score.sample_id), [*said, col(Score.sample_id).is_not(None)]
    if found := containing(wanted.words):
        key, clause = found
        clauses.append(clause)
    own: list[Any] = []
    if wanted.job or wanted.model:
        own.append(col(Sample.evaluation_id).in_(_evaluations(wanted)))
    if wanted.prompt:
        own.append(col(Sample.prompt_id) == wanted.prompt)
    if wanted.trigger is not None:
        own.append(col(Sample.trigger) == wanted.trigger)
    if key is not col(Sample.id) and (own or wanted.words):
        own.append(col(Sample.id) == key)
    return key, [*clauses, *own]


def _evaluations(wanted: SampleFilter) -> list[str]:
    query = select(Evaluation.id)
    if wanted.job:
        query = query.where(Evaluation.job_id == wanted.job)
    if wanted.model:
        query = query.where(Evaluation.model == wanted.model)
    with session() as db:
        return list(db.exec(query))


class Choices(BaseModel):
    """What there is to choose from in one evaluation."""

    model_config = ConfigDict(frozen=True)

    models: list[str]
    scorers: list[str]
    answers: dict[str, list[str]]
    """By scorer; empty is unscored."""


def choices(job: str) -> Choices:
    """Return the models of an evaluation, and what its scorers said about samples."""
    of_job = select(Evaluation.id, Evaluation.model).where(Evaluation.job_id == job)
    with session() as db:
        evaluations = db.exec(of_job.order_by(col(Evaluation.created_at))).all()
        said = (
            select(Score.scorer, Score.answer)
            .where(col(Score.evaluation_id).in_([key for key, _ in evaluations]))
            .where(col(Score.sample_id).is_not(None))
            .distinct()
        )
        found: dict[str, list[str]] = {}
        for scorer, answer in db.exec(said):
            found.setdefault(scorer, []).append(answer)
    return Choices(
        models=list(dict.fromkeys(model for _, model in evaluations)),
        scorers=sorted(found, key=order_of),
        answers={scorer: sorted(answers) for scorer, answers in found.items()},
    )


class OneSample(BaseModel):
    """A sample with everything that is known of it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    sample: Sample
    evaluation: Evaluation
    run: Run | None
    scores: list[Score]


def get(sample_id: int) -> OneSample:
    """Return one sample.

    Raises:
        NotFoundError: it is gone with its evaluation, or never was.
    """
    with session() as db:
        sample = db.get(Sample, sample_id)
        if sample is None:
            raise NotFoundError(f"There is no sample {sample_id}; its evaluation may be deleted.")
        evaluation = db.get_one(Evaluation, sample.evaluation_id)
        run = db.get(Run, evaluation.run_id) if evaluation.run_id else None
        scores = db.exec(select(Score).where(Score.sample_id == sample_id)).all()
    scores = sorted(scores, key=lambda score: score.scorer)
    return OneSample(sample=sample, evaluation=evaluation, run=run, scores=scores)
