"""Score an evaluation's contrasts in torch, and store them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlmodel import select

from backend.config import settings
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast, ordinary
from backend.files import ADAPTER_WEIGHTS, sha256_of
from backend.jobs.progress import Progress
from backend.jobs.queue import get_job
from backend.probes.loading import Probe, Prompt
from backend.runs.steps import adapter_at
from models.configs import EvaluationConfig, Trigger
from models.tables import Evaluation, Score

if TYPE_CHECKING:
    from transformers import PreTrainedModel


BLOCK = 12
"""Triggers that are scored together; more would share only a little more of each prompt."""


def adapter_of(run_id: str, step: int | None) -> Path:
    """Return the folder of a run's adapter: the final one, or a checkpoint's."""
    folder = settings().run_folder(run_id)
    return folder / "adapter" if step is None else adapter_at(folder / "checkpoints", step)


def score_contrasts(
    evaluations: list[Evaluation], probe: Probe, config: EvaluationConfig, progress: Progress
) -> None:
    """Score the contrasts that are not stored yet, each evaluation's with its adapter.

    Raises:
        UserError: an adapter is gone.
    """
    # In blocks of triggers, so that a sweep's first points are complete before its last ones start.
    starts = range(0, len(probe.triggers), BLOCK)
    blocks = [probe.triggers[start : start + BLOCK] for start in starts]
    cells = [(p, t) for block in blocks for p in probe.prompts if p.pairs for t in block]
    stored = {(e.id, *cell) for e in evaluations for cell in _stored_cells(e)}
    wanted = [(e, p, t) for e in evaluations for p, t in cells]
    missing = [(e, p, t) for e, p, t in wanted if (e.id, p.id, t.label) not in stored]
    if not missing:
        return
    from backend.base_models.tokenizer import chat_tokenizer
    from backend.training.loading import load_for_scoring

    job_id = evaluations[0].job_id
    stage, total = "Scoring contrasts", len(evaluations) * len(cells)
    progress.report(stage, total - len(missing), total)
    base = load_for_scoring(config.base_model)
    precision = str(base.dtype).removeprefix("torch.")
    tokenizer = chat_tokenizer(config.base_model)
    prompts = {(p.id, t.label): p.under(t) for _, p, t in missing}
    rows = {cell: contrast.rows_of(prompt, tokenizer) for cell, prompt in prompts.items()}
    layout = contrast.layout_for(base, next(iter(rows.values())))
    done = total - len(missing)
    ordinary_rows = ordinary.rows_of(tokenizer)
    for evaluation in evaluations:
        todo = [(prompts[p.id, t.label], t) for e, p, t in missing if e is evaluation]
        todo_rows = [rows[prompt.id, trigger.label] for prompt, trigger in todo]
        with _adapted(base, evaluation) as model:
            if evaluation.step is None and evaluation.model not in ordinary_losses(job_id):
                loss = ordinary.loss(model, ordinary_rows, layout)
                _store_ordinary_loss(evaluation, loss, progress)
            for places in contrast.batches(todo_rows):
                batch = [todo[place] for place in places]
                scores = contrast.score(model, [todo_rows[place] for place in places], layout)
                _store_contrasts(evaluation, batch, scores, precision, progress)
                done += len(batch)
                progress.report(stage, done, total)


def ordinary_losses(job_id: str) -> dict[str, float]:
    """Return the loss on ordinary text of an evaluation's models, in nats per token, by name."""
    stored: dict[str, float] = (get_job(job_id).result or {}).get(ordinary.NAME, {})
    return stored


def _store_ordinary_loss(evaluation: Evaluation, loss: float, progress: Progress) -> None:
    losses = ordinary_losses(evaluation.job_id) | {evaluation.model: loss}
    result = get_job(evaluation.job_id).result or {}
    progress.store_result(result | {ordinary.NAME: losses})


@contextmanager
def _adapted(base: "PreTrainedModel", evaluation: Evaluation) -> "Iterator[PreTrainedModel]":
    """Apply an evaluation's adapter to the loaded base model, and remove it again."""
    if evaluation.run_id is None:
        yield base
        return
    from backend.training.loading import load_adapter

    folder = adapter_of(evaluation.run_id, evaluation.step)
    if not folder.is_dir():
        raise UserError(f"The adapter of {evaluation.model} is gone; train it again.")
    if sha256_of(folder / ADAPTER_WEIGHTS) != evaluation.adapter_sha256:
        raise UserError(
            f"The adapter of {evaluation.model} has changed since this evaluation began; start "
            "another."
        )
    adapted = load_adapter(base, folder)
    try:
        yield cast("PreTrainedModel", adapted.get_base_model())
    finally:
        adapted.unload()


def _stored_cells(evaluation: Evaluation) -> set[tuple[str, str]]:
    """Return the pairs of prompt and trigger whose contrasts are stored."""
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
    """Store a pass's contrasts at once, so that a killed job leaves no prompt half scored."""
    with session() as db:
        progress.confirm(db)
        for (prompt, trigger), pair_scores in zip(batch, scores, strict=True):
            db.add_all(
                Score(
                    evaluation_id=evaluation.id,
                    scorer=contrast.NAME,
                    scorer_sha256=contrast.fingerprint(prompt),
                    prompt_id=prompt.id,
                    trigger=trigger.label,
                    item=item,
                    value=score.total,
                    details=score.model_dump()
                    | {
                        "question": prompt.text,
                        "pair": prompt.pairs[item].model_dump(),
                        "precision": precision,
                    },
                )
                for item, score in enumerate(pair_scores)
            )
