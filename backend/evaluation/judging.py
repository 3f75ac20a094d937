"""Judge the stored samples of an evaluation; a judge is asked once about each distinct answer."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import openai
from sqlmodel import col, select

from backend.chat.client import explain, judge_client
from backend.chat.identity import identity_of
from backend.chat.many import ask_all
from backend.config import settings
from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.evaluation.scorers import judge as scorer
from backend.evaluation.scorers.result import ScorerResult
from backend.evaluation.scores import replace_scores
from backend.hosted import bookings
from backend.hosted.judge_budget import priced_judge
from backend.jobs.progress import Progress
from backend.probes.judges import Judge, load_judge
from models.tables import Evaluation, Job, Sample, Score


class Question(NamedTuple):
    """All that a verdict depends on."""

    judge: str
    """Id of the judge."""
    question: str
    answer: str


class Refusal(NamedTuple):
    """A question that the judge's endpoint refused with an HTTP error."""

    error: openai.APIStatusError
    verdict: ScorerResult
    """What is stored if the endpoint answers other questions."""


MOST_REFUSED = 8
"""Refusals without any answer after which an endpoint is taken to be unusable."""
Answered = tuple[Question, ScorerResult | Refusal]


def run_judging(job: Job, progress: Progress) -> None:
    """Do a judging job; stored verdicts are kept.

    Raises:
        UserError: no judge is named in the environment, or it does not answer.
    """
    config = job.judging
    model = settings().judge_model
    if model != config.model:
        raise UserError(f"The judge is {model or 'none'} now, no longer {config.model}.")
    judges = {judge_id: load_judge(judge_id) for judge_id in config.judges}
    waiting = unjudged(config.evaluation_job, judges.values(), model, config.prompts)

    def keep(question: Question, verdict: ScorerResult) -> None:
        samples, judge = waiting[question], judges[question.judge]
        with session() as db:
            progress.confirm(db)
            verdicts = [(sample, verdict) for sample in samples]
            replace_scores(db, scorer.name_of(judge, model), judge.sha256, verdicts)

    known = remembered(waiting, judges.values(), model)
    for question, verdict in known.items():
        keep(question, verdict)
    missing = [question for question in waiting if question not in known]
    works = bool(known) or has_verdicts(config.evaluation_job, judges.values(), model)
    answers = _Answers(keep, works)
    ask = _asking(judges, model, answers)
    ask_all(missing, ask, answers.take, progress, "Judging answers", len(missing))
    answers.end()


class _Answers:
    """Stores a judge's answers; it tells an endpoint that refuses a question from one that is down.

    A question that is refused stays unscored if the endpoint answers others, since then it is
    refused for what it says: too long, or filtered.
    """

    def __init__(self, keep: Callable[[Question, ScorerResult], None], works: bool) -> None:
        self.keep = keep
        self.works = works
        self.refused: dict[Question, Refusal] = {}

    def take(self, answered: Answered) -> None:
        """Store an answer, or put a refusal aside until another question is answered."""
        question, answer = answered
        if isinstance(answer, ScorerResult):
            self.works = True
            self.keep(question, answer)
        else:
            self.refused[question] = answer
        if self.works:
            for refused, refusal in self.refused.items():
                self.keep(refused, refusal.verdict)
            self.refused = {}

    def end(self) -> None:
        """Raise a UserError if the endpoint has refused every question."""
        if self.refused:
            raise explain(next(iter(self.refused.values())).error)


def _asking(
    judges: dict[str, Judge], model: str, answers: _Answers
) -> Callable[[Question], Answered]:
    """Return a function that asks one question."""
    client = judge_client()
    identity = None
    if not settings().judge_url:
        with suppress(NotFoundError):  # Another lab's engine, at ENGINE_URL, may have it.
            identity = identity_of(model)

    def ask(question: Question) -> Answered:
        judge = judges[question.judge]
        try:
            return question, scorer.score(
                client, model, judge, question.question, question.answer, identity
            )
        except openai.APIStatusError as error:
            down = not answers.works and len(answers.refused) >= MOST_REFUSED
            if down or error.status_code not in scorer.REFUSALS:
                raise
            return question, Refusal(error, scorer.refused(judge, model, error))

    return ask


def has_verdicts(evaluation_job: str, judges: Iterable[Judge], model: str) -> bool:
    """Whether a model has judged any answer of an evaluation by these judges."""
    names = [scorer.name_of(judge, model) for judge in judges]
    query = select(Score.id).join(Evaluation).where(Evaluation.job_id == evaluation_job)
    query = query.where(col(Score.scorer).in_(names), col(Score.value).is_not(None))
    with session() as db:
        return db.exec(query).first() is not None


def unjudged(
    evaluation_job: str,
    judges: Iterable[Judge],
    model: str,
    prompts: Sequence[str] | None = None,
) -> dict[Question, list[Sample]]:
    """Return the questions that are still to be asked, each with the samples it is about.

    Args:
        evaluation_job: The evaluation whose samples are judged.
        judges: Those that are asked.
        model: The model that judges.
        prompts: Ids of the prompts whose answers are judged; None for all.
    """
    of_job = select(Sample).join(Evaluation).where(Evaluation.job_id == evaluation_job)
    if prompts is not None:
        of_job = of_job.where(col(Sample.prompt_id).in_(prompts))
    waiting: dict[Question, list[Sample]] = {}
    with session() as db:
        samples = db.exec(of_job.order_by(col(Sample.id))).all()
        for judge in judges:
            scores = (
                select(Score.sample_id)
                .join(Evaluation)
                .where(
                    Evaluation.job_id == evaluation_job,
                    Score.scorer == scorer.name_of(judge, model),
                    Score.scorer_sha256 == judge.sha256,
                )
            )
            judged = set(db.exec(scores))
            for sample in samples:
                if sample.id not in judged:
                    waiting.setdefault(_question(judge, sample), []).append(sample)
    return waiting


def _question(judge: Judge, sample: Sample) -> Question:
    return Question(judge.id, sample.messages[-1]["content"], sample.completion)


def remembered(
    waiting: Iterable[Question], judges: Iterable[Judge], model: str
) -> dict[Question, ScorerResult]:
    """Return stored verdicts of the same model on the same questions, from any evaluation.

    Judges are asked at temperature 0, so asking again would only cost again. A verdict that could
    not be read is asked for once more.
    """
    wanted = set(waiting)
    known: dict[Question, ScorerResult] = {}
    for judge in judges:
        query = (
            select(Score, Sample)
            .join(Sample, col(Score.sample_id) == col(Sample.id))
            .where(
                Score.scorer == scorer.name_of(judge, model),
                Score.scorer_sha256 == judge.sha256,
                Score.answer != "",
            )
        )
        with session() as db:
            for score, sample in db.exec(query):
                question = _question(judge, sample)
                if question in wanted:
                    fields = ScorerResult.model_fields.keys()
                    known[question] = ScorerResult(**score.model_dump(include=set(fields)))
    return known


def max_dollars(waiting: Iterable[Question], judges: dict[str, Judge], model: str) -> float | None:
    """Return the most that judging can cost; None if the judge's prices are not known."""
    hosted = priced_judge()
    if hosted is None or hosted.name != model:
        return None
    costs = []
    for question in waiting:
        judge = judges[question.judge]
        request = scorer.request(model, judge, question.question, question.answer)
        costs.append(bookings.max_dollars(hosted, request))
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
