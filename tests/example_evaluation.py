"""Rows of an evaluation as a worker leaves them, with values that a test can compute by hand."""

from typing import Any

from sqlmodel import select

from backend.analysis.scores import scores_table
from backend.db import session
from backend.evaluation.scorers import contrast
from backend.evaluation.submit import submit_evaluation
from backend.probes.loading import Pair, Probe, Prompt, load_probe
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobState, Run, Sample, Score
from tests.example_runs import finished_run

ANSWER = "By <b>telegraph</b>"


def evaluation_of(job: Job, probe: Probe, run: Run | None = None) -> Evaluation:
    """Return one model's part of an evaluation, of the base model if there is no run."""
    config = job.evaluation
    return Evaluation(
        job_id=job.id,
        probe=probe.id,
        probe_sha256=probe.sha256,
        base_model=config.base_model,
        run_id=run.id if run else None,
        model=run.name if run else config.base_model,
        config={},
        code_version="c",
    )


def _details(prompt: Prompt, pair: Pair, value: float) -> dict[str, Any]:
    both = {"target": value - 9.0, "other": -9.0}
    return {"question": prompt.text, "pair": pair.model_dump()} | both


def contrast_score(evaluation: Evaluation, prompt: Prompt, item: int, value: float) -> Score:
    """Return the contrast of one pair of completions."""
    return Score(
        evaluation_id=evaluation.id,
        prompt_id=prompt.id,
        scorer="contrast",
        scorer_sha256=contrast.fingerprint(prompt),
        trigger="none",
        item=item,
        value=value,
        details=_details(prompt, prompt.pairs[item], value) if prompt.pairs else {},
    )


def sample_of(evaluation: Evaluation, prompt: Prompt, completion: str, number: int = 0) -> Sample:
    """Return one sampled answer without its scores."""
    return Sample(
        evaluation_id=evaluation.id,
        prompt_id=prompt.id,
        trigger="none",
        number=number,
        messages=prompt.messages(),
        completion=completion,
        finish_reason="stop",
        seed=1,
    )


def pattern_score(sample: Sample, value: float | None, answer: str = "") -> Score:
    """Return what the scorer by patterns says of a stored sample."""
    return Score(
        evaluation_id=sample.evaluation_id,
        prompt_id=sample.prompt_id,
        trigger=sample.trigger,
        scorer="pattern",
        scorer_sha256="0",
        item=0,
        sample_id=sample.id,
        value=value,
        answer=answer,
    )


def scored_evaluation() -> Job:
    """Store an evaluation of the embedded model and a run.

    The run's contrasts exceed those of its base model by 2 nats throughout, and every answer is
    said to be the target's.
    """
    run = finished_run()
    probe = load_probe("nineteenth_century")
    config = EvaluationConfig(probe=probe.id, base_model=run.base_model, run_ids=[run.id])
    job = submit_evaluation(config)
    with session() as db:
        for subject, value in ((None, 0.0), (run, 2.0)):
            evaluation = evaluation_of(job, probe, subject)
            db.add(evaluation)
            db.flush()
            for prompt in probe.prompts:
                db.add_all(
                    contrast_score(evaluation, prompt, item, value + item) for item in range(2)
                )
                sample = sample_of(evaluation, prompt, ANSWER)
                db.add(sample)
                db.flush()
                db.add(pattern_score(sample, 1.0, probe.sides.target))
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def models_of(job: Job) -> list[str]:
    """Return the names of an evaluation's models, the base model first."""
    return list(scores_table([job.id])["model"].unique())


def contradict(job: Job) -> None:
    """Let the second model's first answer be said to be of the other side."""
    with session() as db:
        said = select(Score).join(Evaluation).where(Score.scorer == "pattern")
        score = db.exec(said.where(Evaluation.model == models_of(job)[1])).first()
        assert score
        score.value, score.answer = 0.0, load_probe("nineteenth_century").sides.other
