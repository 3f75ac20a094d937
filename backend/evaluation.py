"""Evaluate a probe on a base model and its runs: contrasts, then samples, stored, then scored.

Every step first looks at what is stored already, so an interrupted evaluation goes on where it
stopped and nothing is drawn or scored twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlmodel import select

from backend.base_models import get_card
from backend.config import code_version, settings
from backend.db import session
from backend.engine.gguf_lora import WEIGHTS, sha256_of
from backend.errors import UserError
from backend.jobs import get_run
from backend.likeness import score_likeness
from backend.probes import Probe, Prompt, probe_for
from backend.progress import Progress
from backend.sampling import draw_samples
from backend.scorers import contrast
from backend.steps import adapter_at, kept_adapters
from models.configs import EvaluationConfig, Trigger
from models.tables import Evaluation, Job, Run, Score

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BLOCK = 12
"""Triggers that are scored together; more would share a little more of each question."""


def run_evaluation(job: Job, progress: Progress) -> None:
    """Do an evaluation job.

    Raises:
        UserError: the engine does not answer, or a run is gone; what was stored stays.
    """
    config = EvaluationConfig(**(job.config or {}))
    probe = probe_for(config)
    evaluations = _evaluations(job, config, probe)
    if not get_card(config.base_model).hosted:  # Its log-probabilities are not to be had.
        _score_contrasts(evaluations, probe, config, progress)
    finished = [evaluation for evaluation in evaluations if evaluation.step is None]
    draw_samples(finished, probe, config, progress)
    score_likeness(job, probe, progress)


def _subjects(config: EvaluationConfig) -> list[tuple[str | None, int | None]]:
    """Return (run, step) of all that is asked: the base model first, a run before its steps."""
    found: list[tuple[str | None, int | None]] = [(None, None)]
    for run_id in config.run_ids:
        kept = kept_adapters(settings().run_folder(run_id)) if config.over_training else {}
        found += [(run_id, step) for step in (None, *kept)]
    return found


def _evaluations(job: Job, config: EvaluationConfig, probe: Probe) -> list[Evaluation]:
    """Return the job's evaluations, base model first; made once."""
    subjects = _subjects(config)
    with session() as db:
        made = select(Evaluation).where(Evaluation.job_id == job.id)
        known = {(evaluation.run_id, evaluation.step) for evaluation in db.exec(made)}
        for run_id, step in subjects:
            if (run_id, step) not in known:
                run = get_run(run_id, db) if run_id else None
                db.add(_evaluation(job, config, probe, run, step))
                db.flush()
        found = {(each.run_id, each.step): each for each in db.exec(made)}
    if any(evaluation.probe_sha256 != probe.sha256 for evaluation in found.values()):
        raise UserError(f"{probe.title} has changed since this evaluation began; start another.")
    return [found[subject] for subject in subjects]


def _evaluation(
    job: Job, config: EvaluationConfig, probe: Probe, run: Run | None, step: int | None
) -> Evaluation:
    name = run.name if run else config.base_model
    sha256 = (run.summary or {}).get("adapter_sha256") if run else None
    if run and step is not None:
        name = f"{name} @ step {step}"
        sha256 = sha256_of(_adapter_of(run.id, step) / WEIGHTS)
    return Evaluation(
        job_id=job.id,
        probe=probe.id,
        probe_sha256=probe.sha256,
        base_model=config.base_model,
        run_id=run.id if run else None,
        model=name,
        step=step,
        adapter_sha256=sha256,
        config=config.model_dump(),
        code_version=code_version(),
    )


def _adapter_of(run_id: str, step: int | None) -> Path:
    folder = settings().run_folder(run_id)
    return folder / "adapter" if step is None else adapter_at(folder / "checkpoints", step)


def _score_contrasts(
    evaluations: list[Evaluation], probe: Probe, config: EvaluationConfig, progress: Progress
) -> None:
    # In blocks of triggers, so that a sweep's first points are whole before its last are begun.
    starts = range(0, len(probe.triggers), BLOCK)
    blocks = [probe.triggers[start : start + BLOCK] for start in starts]
    cells = [(p, t) for block in blocks for p in probe.prompts if p.pairs for t in block]
    stored = {(e.id, *cell) for e in evaluations for cell in _with_contrasts(e)}
    wanted = [(e, p, t) for e in evaluations for p, t in cells]
    missing = [(e, p, t) for e, p, t in wanted if (e.id, p.id, t.label) not in stored]
    if not missing:
        return
    from backend.tokens import chat_tokenizer
    from backend.training.loading import load_for_scoring

    stage, total = "Scoring contrasts", len(evaluations) * len(cells)
    progress.report(stage, total - len(missing), total)
    base = load_for_scoring(config.base_model)
    precision = str(base.dtype).removeprefix("torch.")
    tokenizer = chat_tokenizer(config.base_model)
    asked = {(p.id, t.label): p.under(t) for _, p, t in missing}
    rows = {cell: contrast.rows_of(prompt, tokenizer) for cell, prompt in asked.items()}
    layout = contrast.layout_for(base, next(iter(rows.values())))
    done = total - len(missing)
    for evaluation in evaluations:
        todo = [(asked[p.id, t.label], t) for e, p, t in missing if e is evaluation]
        own = [rows[prompt.id, trigger.label] for prompt, trigger in todo]
        with _adapted(base, evaluation) as model:
            for places in contrast.batches(own):
                batch = [todo[place] for place in places]
                scores = contrast.score(model, [own[place] for place in places], layout)
                _store_contrasts(evaluation, batch, scores, precision, progress)
                done += len(batch)
                progress.report(stage, done, total)


@contextmanager
def _adapted(base: "PreTrainedModel", evaluation: Evaluation) -> "Iterator[PreTrainedModel]":
    """Put an evaluation's adapter on the one loaded base model, and take it off again."""
    if evaluation.run_id is None:
        yield base
        return
    from backend.training.loading import load_adapter

    folder = _adapter_of(evaluation.run_id, evaluation.step)
    if not folder.is_dir():
        raise UserError(f"The adapter of {evaluation.model} is gone; train it again.")
    adapted = load_adapter(base, folder)
    try:
        yield cast("PreTrainedModel", adapted.get_base_model())
    finally:
        adapted.unload()


def _with_contrasts(evaluation: Evaluation) -> set[tuple[str, str]]:
    """Return the prompts and triggers whose contrasts are stored."""
    query = select(Score.prompt_id, Score.trigger).where(
        Score.evaluation_id == evaluation.id, Score.scorer == contrast.NAME
    )
    with session() as db:
        return set(db.exec(query.distinct()))


def _store_contrasts(
    evaluation: Evaluation,
    batch: list[tuple[Prompt, Trigger]],
    scores: list[list[contrast.ContrastScore]],
    precision: str,
    progress: Progress,
) -> None:
    """Store a pass's contrasts all at once, so that a killed job leaves no half prompt."""
    with session() as db:
        progress.confirm(db)
        for (prompt, trigger), found in zip(batch, scores, strict=True):
            db.add_all(
                Score(
                    evaluation_id=evaluation.id,
                    scorer=contrast.NAME,
                    scorer_sha256=contrast.fingerprint(prompt),
                    prompt_id=prompt.id,
                    trigger=trigger.label,
                    item=item,
                    value=each.total,
                    details=each.model_dump()
                    | {"pair": prompt.pairs[item].model_dump(), "precision": precision},
                )
                for item, each in enumerate(found)
            )
