"""Draw an evaluation's samples through the engine; each is stored and scored as it arrives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from sqlmodel import Session, select

from backend.base_models.cards import Engine
from backend.chat.client import client
from backend.chat.identity import ask_pinned, identity_of_base, identity_of_run
from backend.chat.many import ask_all
from backend.db import session
from backend.evaluation import repeats
from backend.evaluation.engine_speed import AT_ONCE, SIDE_BY_SIDE, TOGETHER, fastest
from backend.evaluation.scorers import sampled
from backend.evaluation.scores import replace_scores
from backend.jobs.progress import Progress
from backend.probes.loading import Probe, Prompt
from models.configs import EvaluationConfig, Trigger
from models.tables import Evaluation, Run, Sample


@dataclass(frozen=True)
class Draw:
    """Answers to one prompt that are drawn by one request, with consecutive seeds."""

    evaluation: Evaluation
    prompt: Prompt
    trigger: Trigger
    numbers: range
    identity: str
    """Of the weights that are to answer."""


def draw_samples(
    evaluations: list[Evaluation], probe: Probe, config: EvaluationConfig, progress: Progress
) -> None:
    """Draw the missing samples, several requests at a time; each is stored as it arrives."""
    total = len(evaluations) * len(probe.prompts) * len(probe.triggers) * config.samples_per_prompt
    if not total:
        return
    engine = _engine(evaluations, probe, config, total, progress)
    ask_all(
        list(_draws(evaluations, probe, config, TOGETHER[engine])),
        ask=lambda draw: _draw(draw, config),
        keep=lambda samples: _store_samples(samples, probe, progress),
        progress=progress,
        stage="Drawing samples",
        total=total,
        at_once=AT_ONCE[engine],
        size=lambda draw: len(draw.numbers),
    )


def _engine(
    evaluations: list[Evaluation],
    probe: Probe,
    config: EvaluationConfig,
    total: int,
    progress: Progress,
) -> Engine:
    """Return the engine for all samples of a job: the same for base and finetuned models."""
    engine = evaluations[0].engine
    if engine is None:
        messages = probe.prompts[0].under(probe.triggers[0]).messages()
        engine = fastest(config, total, messages, progress)
        with session() as db:
            progress.confirm(db)
            for evaluation in evaluations:
                db.get_one(Evaluation, evaluation.id).engine = engine
                evaluation.engine = engine
    return cast(Engine, engine)


def _draws(
    evaluations: list[Evaluation], probe: Probe, config: EvaluationConfig, together: int
) -> Iterator[Draw]:
    """Return the draws that are not stored yet, two models side by side."""
    stored = {key for evaluation in evaluations for key in _stored(evaluation)}
    cells = [(prompt, trigger) for prompt in probe.prompts for trigger in probe.triggers]
    identities = {evaluation.id: _identity(evaluation) for evaluation in evaluations}
    for side in range(0, len(evaluations), SIDE_BY_SIDE):
        for prompt, trigger in cells:
            for evaluation in evaluations[side : side + SIDE_BY_SIDE]:
                key = (evaluation.id, prompt.id, trigger.label)
                numbers = range(config.samples_per_prompt)
                missing = [number for number in numbers if (*key, number) not in stored]
                for part in _consecutive(missing, together):
                    yield Draw(evaluation, prompt, trigger, part, identities[evaluation.id])


def _identity(evaluation: Evaluation) -> str:
    """Return the identity of the weights that an evaluation began with."""
    if evaluation.run_id is None:
        return identity_of_base(evaluation.base_model)
    with session() as db:
        summary = db.get_one(Run, evaluation.run_id).summary or {}
    weights = evaluation.adapter_sha256 or str(summary.get("fine_tuned_model"))
    return identity_of_run(evaluation.run_id, weights)


def _consecutive(numbers: list[int], longest: int) -> Iterator[range]:
    """Divide ascending numbers into ranges without gaps, each of at most a given length."""
    start = 0
    for place in range(1, len(numbers) + 1):
        gap = place == len(numbers) or numbers[place] != numbers[place - 1] + 1
        if gap or place - start == longest:
            yield range(numbers[start], numbers[place - 1] + 1)
            start = place


def _stored(evaluation: Evaluation) -> list[tuple[str, str, str, int]]:
    query = select(Sample).where(Sample.evaluation_id == evaluation.id)
    with session() as db:
        return [(s.evaluation_id, s.prompt_id, s.trigger, s.number) for s in db.exec(query)]


def _draw(draw: Draw, config: EvaluationConfig) -> list[Sample]:
    evaluation, prompt = draw.evaluation, draw.prompt.under(draw.trigger)
    answer = ask_pinned(
        client(),
        draw.identity,
        model=evaluation.run_id or evaluation.base_model,
        messages=prompt.messages(),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        n=len(draw.numbers),
        seed=config.seed + draw.numbers.start,
        extra_body={} if evaluation.engine == "hosted" else {"engine": evaluation.engine},
        user=f"evaluation-{evaluation.job_id}",
    )
    return [
        Sample(
            evaluation_id=evaluation.id,
            prompt_id=draw.prompt.id,
            number=number,
            trigger=draw.trigger.label,
            messages=prompt.messages(),
            completion=choice.message.content or "",
            finish_reason=choice.finish_reason,
            seed=config.seed + number,
        )
        for number, choice in zip(draw.numbers, answer.choices, strict=True)
    ]


def _store_samples(samples: list[Sample], probe: Probe, progress: Progress) -> None:
    with session() as db:
        progress.confirm(db)
        for sample in samples:
            db.add(sample)
            db.flush()
            score_sample(db, sample, probe)


def score_sample(db: Session, sample: Sample, probe: Probe) -> bool:
    """Score a stored sample by the probe's own rules, in place of earlier scores by them.

    Returns:
        Whether any scorer applied; none does if the probe no longer has the prompt or trigger.
    """
    prompt = next((prompt for prompt in probe.prompts if prompt.id == sample.prompt_id), None)
    trigger = next((t for t in probe.triggers if t.label == sample.trigger), None)
    if prompt is None or trigger is None:
        return False
    verdicts = sampled.score(probe, prompt.under(trigger), sample.completion)
    for (scorer, sha256), verdict in verdicts.items():
        replace_scores(db, scorer, sha256, [(sample, verdict)])
    run_id = db.get_one(Evaluation, sample.evaluation_id).run_id
    if run := db.get(Run, run_id) if run_id else None:
        found = repeats.result(run, sample.completion)
        replace_scores(db, repeats.NAME, run.dataset_sha256, [(sample, found)])
    return bool(verdicts)
