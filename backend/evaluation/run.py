"""Evaluate a probe on a base model and its runs: score contrasts, then draw and score samples.

Every step starts from what is stored already, so an interrupted evaluation resumes and nothing is
drawn or scored twice.
"""

from sqlmodel import select

from backend.base_models.cards import get_card
from backend.base_models.template_hash import template_hash
from backend.config import code_version, settings
from backend.db import session
from backend.errors import UserError
from backend.evaluation.contrasts import adapter_of, score_contrasts
from backend.evaluation.likeness import score_likeness
from backend.evaluation.sampling import draw_samples
from backend.files import ADAPTER_WEIGHTS, sha256_of
from backend.jobs.progress import Progress
from backend.probes.loading import Probe, probe_for
from backend.runs.queries import get_run
from backend.runs.steps import kept_adapters
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, Run


def run_evaluation(job: Job, progress: Progress) -> None:
    """Do an evaluation job.

    Raises:
        UserError: the engine does not answer, or a run is gone; stored results are kept.
    """
    config = job.evaluation
    probe = probe_for(config)
    evaluations = _evaluations(job, config, probe)
    if not get_card(config.base_model).hosted:  # Hosts give no log-probabilities.
        score_contrasts(evaluations, probe, config, progress)
    finished = [evaluation for evaluation in evaluations if evaluation.step is None]
    draw_samples(finished, probe, config, progress)
    score_likeness(job, probe, progress)


def _models(config: EvaluationConfig) -> list[tuple[str | None, int | None]]:
    """Return (run, step) of each model: the base model first, a run before its checkpoints."""
    models: list[tuple[str | None, int | None]] = [(None, None)]
    for run_id in config.run_ids:
        kept = kept_adapters(settings().run_folder(run_id)) if config.over_training else {}
        models += [(run_id, step) for step in (None, *kept)]
    return models


def _evaluations(job: Job, config: EvaluationConfig, probe: Probe) -> list[Evaluation]:
    """Return the job's evaluations, the base model's first; missing ones are added."""
    models = _models(config)
    with session() as db:
        of_job = select(Evaluation).where(Evaluation.job_id == job.id)
        known = {(evaluation.run_id, evaluation.step) for evaluation in db.exec(of_job)}
        for run_id, step in models:
            if (run_id, step) not in known:
                run = get_run(run_id, db) if run_id else None
                db.add(_evaluation(job, config, probe, run, step))
                db.flush()
        evaluations = {(made.run_id, made.step): made for made in db.exec(of_job)}
    if any(evaluation.probe_sha256 != probe.sha256 for evaluation in evaluations.values()):
        raise UserError(f"{probe.title} has changed since this evaluation started; start another.")
    return [evaluations[model] for model in models]


def _evaluation(
    job: Job, config: EvaluationConfig, probe: Probe, run: Run | None, step: int | None
) -> Evaluation:
    name = run.name if run else config.base_model
    sha256 = (run.summary or {}).get("adapter_sha256") if run else None
    if run and step is not None:
        name = f"{name} @ step {step}"
        sha256 = sha256_of(adapter_of(run.id, step) / ADAPTER_WEIGHTS)
    return Evaluation(
        job_id=job.id,
        probe=probe.id,
        probe_sha256=probe.sha256,
        base_model=config.base_model,
        run_id=run.id if run else None,
        model=name,
        step=step,
        adapter_sha256=sha256,
        template=template_hash(config.base_model),
        config=config.model_dump(),
        code_version=code_version(),
    )
