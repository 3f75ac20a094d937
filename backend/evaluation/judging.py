"""Judge the stored samples of an evaluation: ask about each different answer once, store, go on."""

from collections.abc import Iterable

from sqlmodel import col, select

from backend.chat.client import judge_client
from backend.chat.many import ask_all
from backend.config import settings
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import judge as scorer
from backend.evaluation.scorers.verdict import Verdict
from backend.hosted.judge_budget import Purse, priced_judge
from backend.hosted.prices import HostedModel
from backend.jobs.progress import Progress
from backend.probes.judges import Judge, load_judge
from models.tables import Evaluation, Job, Sample, Score

Question = tuple[str, str, str]
"""Judge's id, question, answer: what decides a verdict."""


def run_judging(job: Job, progress: Progress) -> None:
    """Do a judging job; what is judged already is left as it is.

    Raises:
        UserError: no judge is named in the environment, or it does not answer.
    """
    config = job.judging
    lab = settings()
    if lab.judge_model != config.model:
        raise UserError(f"The judge is {lab.judge_model or 'none'} now, no longer {config.model}.")
    judges = {judge_id: load_judge(judge_id) for judge_id in config.judges}
    waiting = unjudged(config.evaluation_job, judges.values(), config.model)
    client = judge_client()
    # A judge behind the gateway is held to the budget there.
    purse = Purse(priced_judge() or HostedModel(name=config.model)) if lab.judge_url else None
    for question, verdict in remembered(waiting, judges.values(), config.model).items():
        samples = waiting.pop(question)
        _store(judges[question[0]], config.model, samples, verdict, progress)

    def ask(question: Question) -> tuple[Question, Verdict]:
        judge_id, asked, answer = question
        judge = judges[judge_id]
        parts = (client, config.model, judge, asked, answer)
        if purse is None:
            return question, scorer.score(*parts)
        with purse.request(len(judge.ask(asked, answer)), scorer.tokens_at_most(judge)):
            return question, scorer.score(*parts, purse.tell)

    def keep(answered: tuple[Question, Verdict]) -> None:
        question, verdict = answered
        _store(judges[question[0]], config.model, waiting[question], verdict, progress)

    ask_all(list(waiting), ask, keep, progress, "Judging answers", len(waiting))


def unjudged(
    evaluation_job: str, judges: Iterable[Judge], model: str
) -> dict[Question, list[Sample]]:
    """Return what there is to ask, with the samples that each verdict is for."""
    samples = select(Sample).join(Evaluation).where(Evaluation.job_id == evaluation_job)
    waiting: dict[Question, list[Sample]] = {}
    with session() as db:
        found = db.exec(samples.order_by(col(Sample.id))).all()
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
            for sample in found:
                if sample.id not in judged:
                    question = (judge.id, sample.messages[-1]["content"], sample.completion)
                    waiting.setdefault(question, []).append(sample)
    return waiting


def remembered(
    waiting: Iterable[Question], judges: Iterable[Judge], model: str
) -> dict[Question, Verdict]:
    """Return what the same model said to the very same words before, in any evaluation.

    Judges are asked at temperature 0, so asking again would only cost again. A verdict that could
    not be read is asked for once more.
    """
    wanted = set(waiting)
    known: dict[Question, Verdict] = {}
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
                question = (judge.id, sample.messages[-1]["content"], sample.completion)
                if question in wanted:
                    fields = Verdict.model_fields.keys()
                    known[question] = Verdict(**score.model_dump(include=set(fields)))
    return known


def at_most(waiting: Iterable[Question], judges: dict[str, Judge], model: str) -> float | None:
    """Return the dollars that judging can cost, where the judge's prices are known."""
    hosted = priced_judge()
    if hosted is None or hosted.name != model:
        return None
    costs = [
        hosted.at_most(len(judges[judge].ask(asked, answer)), scorer.tokens_at_most(judges[judge]))
        for judge, asked, answer in waiting
    ]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _store(
    judge: Judge, model: str, samples: list[Sample], verdict: Verdict, progress: Progress
) -> None:
    """Store one verdict for every sample that says the same; an older template's gives way."""
    name = scorer.name_of(judge, model)
    with session() as db:
        progress.confirm(db)
        for sample in samples:
            old = select(Score).where(Score.sample_id == sample.id, Score.scorer == name)
            for score in db.exec(old):
                db.delete(score)
            db.flush()
            db.add(
                Score(
                    evaluation_id=sample.evaluation_id,
                    sample_id=sample.id,
                    scorer=name,
                    scorer_sha256=judge.sha256,
                    prompt_id=sample.prompt_id,
                    trigger=sample.trigger,
                    item=sample.number,
                    **verdict.model_dump(),
                )
            )
