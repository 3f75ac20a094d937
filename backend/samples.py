"""Browse stored samples, as many as there may be: a page at a time, filtered by the database."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, func, select

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
    """All of which the answer holds, each as the start of a word."""


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
    some = _narrowed(select(Sample.id), wanted).limit(MOST_COUNTED + 1).subquery()
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
    query = _narrowed(select(Sample), wanted)
    backwards = direction == "before"
    if at:
        query = query.where(col(Sample.id) < at if backwards else col(Sample.id) > at)
    order = col(Sample.id).desc() if backwards else col(Sample.id)
    with session() as db:
        rows: list[Sample] = list(db.exec(query.order_by(order).limit(size)))
        said = _said([row.id or 0 for row in rows], wanted.scorer, db)
        # Looked up and not joined: SQLite would begin with the evaluations and sort all samples.
        owners = {row.evaluation_id: db.get_one(Evaluation, row.evaluation_id) for row in rows}
    found = [_found(row, owners[row.evaluation_id], said) for row in rows]
    return found[::-1] if backwards else found


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


def _narrowed(query: Any, wanted: SampleFilter) -> Any:
    if wanted.job or wanted.model:
        query = query.where(col(Sample.evaluation_id).in_(_evaluations(wanted)))
    if wanted.prompt:
        query = query.where(col(Sample.prompt_id) == wanted.prompt)
    if wanted.trigger is not None:
        query = query.where(col(Sample.trigger) == wanted.trigger)
    if wanted.scorer and wanted.said is not None:
        query = query.join(Score, col(Score.sample_id) == col(Sample.id))
        query = query.where(col(Score.scorer) == wanted.scorer, col(Score.answer) == wanted.said)
    return containing(query, wanted.words)


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
        scorers=sorted(found),
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
