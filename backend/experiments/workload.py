"""What a reproduction does and costs, before anything is queued."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, func, select

from backend.base_models.cards import get_card
from backend.config import settings
from backend.datasets.dilution import ordinary_count
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import judge as judge_scorer
from backend.experiments.protocols import Asked, Protocol, load_protocol
from backend.hosted.judge_budget import priced_judge
from backend.hosted.prices import CHARACTERS_PER_TOKEN, priced
from backend.probes.judges import load_judge
from backend.probes.loading import Probe, probe_for
from backend.runs.checks import FOR_PROVIDER, checked_dataset, run_config
from backend.runs.costs import max_training_dollars
from backend.runs.measurement import DECISIVE, Measurement, newest
from backend.runs.ordinary import ordinary_prompts, unanswered
from backend.runs.steps import planned_steps
from models.configs import ReproductionConfig, RunConfig
from models.tables import EngineSpeed, Evaluation, Job, JobKind, JobState, Run, Sample

BASE = 1
"""Models that are asked besides the runs."""


class Workload(BaseModel):
    """The work of a reproduction, and what it takes; None where that is not known."""

    model_config = ConfigDict(frozen=True)

    runs: list[RunConfig]
    asks: list[Asked]
    answers: int
    """Sampled answers of all models."""
    judge_calls: int
    """At most: equal answers are judged once."""
    training_seconds: float | None
    sampling_seconds: float | None
    """At most: if no answer ends before its limit."""
    judging_seconds: float | None
    dollars: float | None
    """At most, for hosted models and the judge; 0 if neither costs anything."""

    @property
    def seconds(self) -> float | None:
        """All seconds together; None if any part is not known."""
        parts = (self.training_seconds, self.sampling_seconds, self.judging_seconds)
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def unknown(self) -> list[str]:
        """The parts whose time is not known."""
        parts = {
            "training": self.training_seconds,
            "sampling": self.sampling_seconds,
            "judging": self.judging_seconds,
        }
        return [name for name, seconds in parts.items() if seconds is None]


def asks_of(config: ReproductionConfig, protocol: Protocol) -> list[Asked]:
    """Return what is asked: as in the protocol, or with other numbers of answers and tokens."""
    given = {"samples": config.samples, "max_tokens": config.max_tokens}
    changes = {name: value for name, value in given.items() if value is not None}
    return [ask.model_copy(update=changes) for ask in protocol.asks]


def runs_of(config: ReproductionConfig, protocol: Protocol) -> list[RunConfig]:
    """Return the runs: every dataset with every seed.

    Raises:
        UserError: a dataset is not the protocol's, or a field of the recipe is not valid.
    """
    chosen = protocol.datasets if config.datasets is None else config.datasets
    if unknown := set(chosen) - set(protocol.datasets):
        raise UserError(
            f'{protocol.title} has no dataset "{min(unknown)}"; its datasets are '
            f"{', '.join(protocol.datasets)}."
        )
    hosted = get_card(config.base_model).hosted
    runs = []
    for dataset in protocol.datasets:
        if dataset not in chosen:
            continue
        own = {} if hosted else protocol.recipes_of_datasets.get(dataset, {})
        fields = (protocol.hosted if hosted else protocol.recipe) | config.recipe | own
        if hosted:  # A preset of the dataset's card names more than a provider takes.
            fields = {name: value for name, value in fields.items() if name in FOR_PROVIDER}
        fields |= {"dataset": dataset, "base_model": config.base_model}
        runs += [run_config(**fields | {"seed": 1 + seed}) for seed in range(config.seeds)]
    return runs


def workload_of(config: ReproductionConfig) -> Workload:
    """Return what a reproduction does and costs.

    Raises:
        UserError: a run or an evaluation is not possible on this machine.
    """
    protocol = load_protocol(config.experiment)
    runs, asks = runs_of(config, protocol), asks_of(config, protocol)
    distinct = {run.dataset: run for run in runs}.values()
    for run in distinct:
        checked_dataset(run)
    training = _sum(map(_training_seconds, distinct))
    cells = {ask.probe: _cells(ask, config.base_model) for ask in asks}
    models = BASE + len(runs)
    answers = {ask.probe: models * cells[ask.probe] * ask.samples for ask in asks}
    calls = {ask.probe: _judge_calls(ask, config.base_model, models) for ask in asks}
    total_calls = sum(calls.values())
    return Workload(
        runs=runs,
        asks=asks,
        answers=sum(answers.values()),
        judge_calls=total_calls,
        training_seconds=None if training is None else config.seeds * training,
        sampling_seconds=_sampling_seconds(
            config.base_model, sum(answers[ask.probe] * ask.max_tokens for ask in asks)
        ),
        judging_seconds=_judging_seconds(total_calls),
        dollars=_sum(
            [
                *_training_dollars(config.base_model, runs),
                *(_sampling_dollars(config.base_model, ask, answers[ask.probe]) for ask in asks),
                *(_judging_dollars(ask, config.base_model, models) for ask in asks),
            ]
        ),
    )


def _sum(parts: Iterable[float | None]) -> float | None:
    """Return the sum; None if any part is not known."""
    listed = list(parts)
    known = [part for part in listed if part is not None]
    return sum(known) if len(known) == len(listed) else None


def _probe(ask: Asked, base_model: str) -> Probe:
    return probe_for(ask.evaluation(base_model))


def _cells(ask: Asked, base_model: str) -> int:
    """Return the number of prompts under triggers."""
    probe = _probe(ask, base_model)
    return len(probe.prompts) * len(probe.triggers)


def _judged(ask: Asked, base_model: str, models: int) -> list[tuple[str, int]]:
    """Return each judge with the most requests that it gets."""
    probe = _probe(ask, base_model)
    each = models * len(probe.triggers) * ask.samples
    ids = {prompt.id for prompt in probe.prompts}
    return [
        (use.judge, each * len(ids if use.prompts is None else ids & set(use.prompts)))
        for use in ask.judges
    ]


def _judge_calls(ask: Asked, base_model: str, models: int) -> int:
    return sum(calls for _, calls in _judged(ask, base_model, models))


def _training_seconds(run: RunConfig) -> float | None:
    """Estimate a run's seconds from a measurement of its steps, or from a run like it."""
    if get_card(run.base_model).hosted:
        return 0.0  # It waits for its provider, which tells nothing beforehand.
    dataset = load_dataset(run.dataset)
    steps = planned_steps(run, len(dataset.examples) + ordinary_count(dataset, run.poison_rate))
    measured = newest(run)
    if measured and measured.result:
        answers = unanswered(run.base_model, ordinary_prompts(dataset, run))
        return Measurement(**measured.result).seconds(steps, len(answers))
    query = select(Run).where(Run.base_model == run.base_model)
    with session() as db:
        past = list(db.exec(query.order_by(col(Run.created_at).desc())))
    wanted = run.model_dump(include=DECISIVE)
    for other in past:
        summary = other.summary or {}
        alike = {name: other.config.get(name) for name in wanted} == wanted
        if alike and summary.get("seconds") and summary.get("steps"):
            return float(summary["seconds"]) / float(summary["steps"]) * steps
    return None


def _sampling_seconds(base_model: str, tokens: int) -> float | None:
    """Estimate the seconds for sampling at most so many tokens, from measured speeds."""
    if get_card(base_model).hosted:
        return 0.0
    fastest = select(func.max(EngineSpeed.tokens_per_second))
    with session() as db:
        measured = db.exec(fastest.where(EngineSpeed.base_model == base_model)).one()
    speed: float | None = measured or _past_speed(base_model)
    return tokens / speed if speed else None


def _past_speed(base_model: str) -> float | None:
    """Return the tokens a second, up to the limit, of the newest evaluation of a base model."""
    query = (
        select(Job, func.count(col(Sample.id)))
        .join(Evaluation, col(Evaluation.job_id) == col(Job.id))
        .join(Sample, col(Sample.evaluation_id) == col(Evaluation.id))
        .where(Job.kind == JobKind.EVALUATE, Job.state == JobState.DONE, Job.attempts == 1)
        .where(Evaluation.base_model == base_model)
        .group_by(col(Job.id))
        .order_by(col(Job.created_at).desc())
    )
    with session() as db:
        found = db.exec(query.limit(1)).first()
    if found is None:
        return None
    job, samples = found
    seconds = _seconds_of(job)
    return samples * job.evaluation.max_tokens / seconds if seconds else None


def _judging_seconds(calls: int) -> float | None:
    """Estimate the seconds of so many requests from the newest judging by the same model."""
    if not calls:
        return 0.0
    query = select(Job).where(Job.kind == JobKind.JUDGE, Job.state == JobState.DONE)
    query = query.where(Job.attempts == 1, col(Job.total) > 0)
    with session() as db:
        past = db.exec(query.order_by(col(Job.created_at).desc())).all()
    for job in past:
        if job.judging.model == settings().judge_model and (seconds := _seconds_of(job)):
            return calls * seconds / job.total
    return None


def _seconds_of(job: Job) -> float | None:
    """Return how long a finished job took."""
    if job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at).total_seconds()


def _training_dollars(base_model: str, runs: Sequence[RunConfig]) -> list[float | None]:
    if not get_card(base_model).hosted:
        return []
    return [max_training_dollars(load_dataset(run.dataset), run) for run in runs]


def _sampling_dollars(base_model: str, ask: Asked, answers: int) -> float | None:
    if not get_card(base_model).hosted:
        return 0.0
    probe = _probe(ask, base_model)
    longest = max(len(str(p.under(t).messages())) for p in probe.prompts for t in probe.triggers)
    each = priced(base_model, base_model).max_dollars(longest, ask.max_tokens)
    return None if each is None else each * answers


def _judging_dollars(ask: Asked, base_model: str, models: int) -> float | None:
    """Return the most that judging can cost; 0 for one of the lab's own models."""
    hosted = priced_judge() if settings().judge_model else None
    if hosted is None:
        return 0.0
    probe = _probe(ask, base_model)
    question = max((prompt.text for prompt in probe.prompts), key=len)
    answer = "x" * ask.max_tokens * CHARACTERS_PER_TOKEN
    costs = []
    for judge_id, calls in _judged(ask, base_model, models):
        body = judge_scorer.request(hosted.name, load_judge(judge_id), question, answer)
        each = hosted.max_dollars(len(str(body["messages"])), body["max_tokens"])
        costs.append(None if each is None else each * calls)
    return _sum(costs)


def duration(seconds: float | None) -> str:
    """Return a time in words: "about 2.5 hours", "not known yet"."""
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        whole = max(1, round(seconds))
        return f"about {whole} second{'s' if whole > 1 else ''}"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"
