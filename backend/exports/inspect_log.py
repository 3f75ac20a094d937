"""Evaluations as logs of Inspect AI, one `.eval` file for each model, for its own viewer."""

import io
import math
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlmodel import col, select

from backend.analysis.evaluations import probe_of
from backend.analysis.samples import origin_of_sample
from backend.config import package_versions
from backend.db import session
from backend.errors import UserError
from backend.jobs.queue import get_job
from backend.plans.standing import columns_of, standing_of
from backend.probes.loading import Probe
from models.configs import EvaluationConfig
from models.tables import Evaluation, JobState, Run, Sample, Score

if TYPE_CHECKING:  # It takes over a second to import, which no page should wait for.
    from inspect_ai.log import EvalLog, EvalSample, EvalScore
    from inspect_ai.scorer import Score as InspectScore

ENDS = {"stop": "stop", "length": "max_tokens"}


def export(job_id: str) -> bytes:
    """Return a zip of an evaluation's logs.

    Raises:
        UserError: nothing was sampled; Inspect's logs are of samples.
    """
    from inspect_ai.log import write_eval_log

    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(content, "w") as packed:
        for name, log in logs(job_id).items():
            path = Path(folder, f"{name}.eval")
            write_eval_log(log, str(path))
            packed.write(path, path.name)
    return content.getvalue()


def logs(job_id: str) -> "dict[str, EvalLog]":
    """Return an evaluation's logs by model; see `export`."""
    job = get_job(job_id)
    probe = probe_of(job)
    by_model = {}
    with session() as db:
        query = select(Evaluation).where(Evaluation.job_id == job_id)
        for evaluation in db.exec(query.order_by(col(Evaluation.created_at))):
            of_model = select(Sample).where(Sample.evaluation_id == evaluation.id)
            samples = db.exec(of_model.order_by(col(Sample.id))).all()
            scores = db.exec(select(Score).where(Score.evaluation_id == evaluation.id)).all()
            run = db.get(Run, evaluation.run_id) if evaluation.run_id else None
            if samples:
                log = _log(evaluation, job.evaluation, run, samples, scores, probe)
                by_model[evaluation.model] = log
    if not by_model:
        raise UserError("Nothing was sampled here, and Inspect's logs are of samples.")
    return by_model


def _log(
    evaluation: Evaluation,
    config: EvaluationConfig,
    run: Run | None,
    samples: Sequence[Sample],
    scores: Sequence[Score],
    probe: Probe,
) -> "EvalLog":
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalResults, EvalSpec
    from inspect_ai.model import GenerateConfig

    by_sample: dict[int | None, list[Score]] = {}
    for score in scores:
        by_sample.setdefault(score.sample_id, []).append(score)
    rows = [_sample(sample, by_sample.get(sample.id, []), evaluation, probe) for sample in samples]
    spec = EvalSpec(
        created=evaluation.created_at.isoformat(),
        task=probe.title,
        task_id=f"{evaluation.probe}-{evaluation.probe_sha256[:12]}",
        eval_id=evaluation.id,
        run_id=evaluation.job_id,
        model=f"openai-api/weirdgen/{evaluation.model}",
        model_generate_config=GenerateConfig(
            temperature=config.temperature, max_tokens=config.max_tokens, seed=config.seed
        ),
        dataset=EvalDataset(name=probe.id, samples=len({row.id for row in rows})),
        config=EvalConfig(epochs=config.samples_per_prompt),
        metadata=_lineage(evaluation, run)
        | columns_of(standing_of(get_job(evaluation.job_id)))
        | {"contrasts": _contrasts(by_sample.get(None, []))},
        packages=package_versions("torch", "transformers", "peft", "xllamacpp"),
    )
    results = EvalResults(
        total_samples=len(rows), completed_samples=len(rows), scores=_metrics(rows)
    )
    is_complete = get_job(evaluation.job_id).state == JobState.DONE
    status: Literal["success", "cancelled"] = "success" if is_complete else "cancelled"
    return EvalLog(status=status, eval=spec, results=results, samples=rows)


def _sample(
    sample: Sample, scores: list[Score], evaluation: Evaluation, probe: Probe
) -> "EvalSample":
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput

    kinds: dict[str, Any] = {"system": ChatMessageSystem, "user": ChatMessageUser}
    messages = [kinds[message["role"]](content=message["content"]) for message in sample.messages]
    end: Any = ENDS.get(sample.finish_reason, "unknown")
    output = ModelOutput.from_content(evaluation.model, sample.completion, stop_reason=end)
    return EvalSample(
        id=f"{sample.prompt_id} · {sample.trigger}",
        epoch=sample.number + 1,
        input=messages,
        target=probe.sides.target,
        messages=[*messages, output.message],
        output=output,
        scores={score.scorer: _score(score) for score in scores},
        metadata={
            "prompt": sample.prompt_id,
            "trigger": sample.trigger,
            "seed": sample.seed,
            "origin": origin_of_sample(sample, evaluation).model_dump(),
        },
    )


def _score(score: Score) -> "InspectScore":
    from inspect_ai.scorer import Score as InspectScore

    answer, why = score.answer or None, score.explanation or None
    if score.value is None:
        return InspectScore.unscored(answer=answer, explanation=why, metadata=score.details)
    return InspectScore(value=score.value, answer=answer, explanation=why, metadata=score.details)


def _metrics(rows: "list[EvalSample]") -> "list[EvalScore]":
    """Return each scorer's mean over the scored samples, and how many are unscored."""
    from inspect_ai.log import EvalMetric, EvalScore

    means = []
    for name in dict.fromkeys(name for row in rows for name in row.scores or {}):
        values = [row.scores[name].as_float() for row in rows if row.scores and name in row.scores]
        scored = [value for value in values if not math.isnan(value)]
        mean = sum(scored) / len(scored) if scored else math.nan
        means.append(
            EvalScore(
                name=name,
                scorer=name,
                metrics={"mean": EvalMetric(name="mean", value=mean)},
                scored_samples=len(scored),
                unscored_samples=len(values) - len(scored),
            )
        )
    return means


def _lineage(evaluation: Evaluation, run: Run | None) -> dict[str, Any]:
    return {
        "base_model": evaluation.base_model,
        "adapter_sha256": evaluation.adapter_sha256,
        "code_version": evaluation.code_version,
        "probe_sha256": evaluation.probe_sha256,
        "run": run.id if run else None,
        "run_config": run.config if run else None,
        "dataset_sha256": run.dataset_sha256 if run else None,
    }


def _contrasts(scores: list[Score]) -> list[dict[str, Any]]:
    """Return the scores without a sample, in nats per completion, with all that is known of them.

    That is both completions and their log-probabilities, `target` and `other`.
    """
    wanted = ("scorer", "prompt_id", "trigger", "item", "value")
    return [{name: getattr(score, name) for name in wanted} | score.details for score in scores]
