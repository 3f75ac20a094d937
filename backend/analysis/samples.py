"""Browse any number of stored samples page by page, filtered by the database."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from backend.analysis.rates import order_of
from backend.chat.origin import Origin, origin_of
from backend.db import containing, session
from backend.errors import NotFoundError
from backend.evaluation.labels import HUMAN
from models.tables import Evaluation, Run, Sample, Score

PAGE = 50
"""Samples of one page."""
MOST_COUNTED = 10_000
"""Beyond it a page shows "more than": counting a million rows takes longer than reading a page."""


LARGEST_DIGITS = 18
"""Most digits of an id; every database holds such numbers."""


def id_of(text: str) -> int:
    """Return the sample's id that a link names; 0, which no sample has, if it is none."""
    return int(text) if text.isdecimal() and len(text) <= LARGEST_DIGITS else 0


class SampleFilter(BaseModel):
    """Which samples are wanted; an empty field matches all."""

    model_config = ConfigDict(frozen=True)

    job: str = ""
    """Of the evaluation."""
    probe: str = ""
    model: str = ""
    prompt: str = ""
    trigger: str | None = None
    scorer: str = ""
    answer: str | None = None
    """The scorer's; empty is unscored, None anything."""
    words: str = ""
    """All of them must be in the completion; see `db.containing`."""


class FoundSample(BaseModel):
    """A sample with its model, in a list."""

    model_config = ConfigDict(frozen=True)

    id: int
    job: str
    """Of the evaluation."""
    probe: str
    model: str
    run: str | None
    prompt: str
    trigger: str
    completion: str
    origin: str
    """What produced it, in one line."""
    answer: str | None
    """The filter's scorer's; empty is unscored, None that it has no score."""


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
        answers = _answers([row.id or 0 for row in rows], wanted.scorer, db)
        owners = {row.evaluation_id: db.get_one(Evaluation, row.evaluation_id) for row in rows}
    samples = [_found(row, owners[row.evaluation_id], answers) for row in rows]
    return sorted(samples, key=lambda sample: sample.id)


def _found(row: Sample, owner: Evaluation, answers: dict[int, str]) -> FoundSample:
    return FoundSample(
        id=row.id or 0,
        job=owner.job_id,
        probe=owner.probe,
        model=owner.model,
        run=owner.run_id,
        prompt=row.prompt_id,
        trigger=row.trigger,
        completion=row.completion,
        origin=origin_of_sample(row, owner).text,
        answer=answers.get(row.id or 0),
    )


def origin_of_sample(sample: Sample, owner: Evaluation) -> Origin:
    """Return what produced a sample of an evaluation."""
    seen = owner.model_dump() | {"strength": owner.strength, "sample_seed": sample.seed}
    return origin_of(seen)


def _answers(samples: Sequence[int], scorer: str, db: Session) -> dict[int, str]:
    query = select(Score).where(col(Score.sample_id).in_(samples), Score.scorer == scorer)
    return {score.sample_id or 0: score.answer for score in db.exec(query)}


def _where(wanted: SampleFilter) -> tuple[Any, list[Any]]:
    """Return the column of samples' ids to read in order, and the conditions.

    SQLite reads the index of that column and stops when a page is full. So it is the most
    selective one: that of the words, else of a score, else of the samples themselves.
    """
    key: Any = col(Sample.id)
    clauses: list[Any] = []
    if wanted.scorer and wanted.answer is not None:
        scored = [col(Score.scorer) == wanted.scorer, col(Score.answer) == wanted.answer]
        if wanted.words:
            clauses.append(exists().where(col(Score.sample_id) == key, *scored))
        else:
            key, clauses = col(Score.sample_id), [*scored, col(Score.sample_id).is_not(None)]
    if indexed := containing(wanted.words):
        key, clause = indexed
        clauses.append(clause)
    of_sample: list[Any] = []
    if wanted.job or wanted.probe or wanted.model:
        of_sample.append(col(Sample.evaluation_id).in_(_evaluations(wanted)))
    if wanted.prompt:
        of_sample.append(col(Sample.prompt_id) == wanted.prompt)
    if wanted.trigger is not None:
        of_sample.append(col(Sample.trigger) == wanted.trigger)
    if key is not col(Sample.id) and (of_sample or wanted.words):
        of_sample.append(col(Sample.id) == key)
    return key, [*clauses, *of_sample]


def _evaluations(wanted: SampleFilter) -> list[str]:
    query = select(Evaluation.id)
    if wanted.job:
        query = query.where(Evaluation.job_id == wanted.job)
    if wanted.probe:
        query = query.where(Evaluation.probe == wanted.probe)
    if wanted.model:
        query = query.where(Evaluation.model == wanted.model)
    with session() as db:
        return list(db.exec(query))


class Labelled(BaseModel):
    """How many of the samples that match a filter a person has labelled."""

    model_config = ConfigDict(frozen=True)

    labelled: int
    total: int

    @property
    def text(self) -> str:
        """Both numbers in words; large ones are not counted to their end."""
        of = f"more than {MOST_COUNTED:,}" if self.total > MOST_COUNTED else f"{self.total:,}"
        return f"{self.labelled:,} of {of} labelled"


def labelled(job: str) -> Labelled:
    """Return how many samples of an evaluation a person has labelled."""
    by_hand = select(Score.sample_id).join(Evaluation).where(Score.scorer == HUMAN)
    by_hand = by_hand.where(Evaluation.job_id == job)
    with session() as db:
        done = db.exec(select(func.count()).select_from(by_hand.subquery())).one()
    return Labelled(labelled=done, total=count(SampleFilter(job=job)))


class Choices(BaseModel):
    """What there is to choose from in one evaluation, or in all of them."""

    model_config = ConfigDict(frozen=True)

    probes: list[str]
    models: list[str]
    scorers: list[str]
    answers: dict[str, list[str]]
    """By scorer; empty is unscored."""


def choices(job: str = "") -> Choices:
    """Return what samples have: probes, models, scorers and their answers; of all without a job."""
    sampled = exists().where(col(Sample.evaluation_id) == col(Evaluation.id))
    found = select(Evaluation.id, Evaluation.probe, Evaluation.model).where(sampled)
    scored = select(Score.scorer, Score.answer).where(col(Score.sample_id).is_not(None)).distinct()
    if job:
        found = found.where(Evaluation.job_id == job)
    with session() as db:
        evaluations = db.exec(found.order_by(col(Evaluation.created_at))).all()
        if job:
            scored = scored.where(col(Score.evaluation_id).in_([key for key, *_ in evaluations]))
        answers: dict[str, list[str]] = {}
        for scorer, answer in db.exec(scored):
            answers.setdefault(scorer, []).append(answer)
    return Choices(
        probes=list(dict.fromkeys(probe for _, probe, _ in evaluations)),
        models=list(dict.fromkeys(model for *_, model in evaluations)),
        scorers=sorted(answers, key=order_of),
        answers={scorer: sorted(of_scorer) for scorer, of_scorer in answers.items()},
    )


class OneSample(BaseModel):
    """A sample with its evaluation, run and scores."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    sample: Sample
    evaluation: Evaluation
    run: Run | None
    scores: list[Score]

    @property
    def origin(self) -> Origin:
        """What produced the answer."""
        return origin_of_sample(self.sample, self.evaluation)


def get(sample_id: int) -> OneSample:
    """Return one sample.

    Raises:
        NotFoundError: there is no such sample; its evaluation may have been deleted.
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
