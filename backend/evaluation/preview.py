"""Preview of a probe that is not saved yet: its contrasts under a base model, found by a job."""

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from backend.base_models.cards import get_card
from backend.db import session
from backend.errors import UserError
from backend.evaluation.scorers import contrast
from backend.jobs import queue
from backend.jobs.progress import Progress
from backend.probes.loading import Probe
from models.configs import PreviewConfig
from models.tables import Job, JobKind

TRIGGERS = 12
"""The first triggers of a sweep, which are enough to see what a base model makes of a prompt."""


class PreviewedPair(BaseModel):
    """A pair's contrast under the base model, in nats."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    trigger: str
    target: str
    other: str
    contrast: float


def submit_preview(probe: Probe, base_model: str) -> Job:
    """Put the preview of a probe in the queue.

    Raises:
        UserError: the probe has no pairs, the base model is hosted, or the job is queued already.
    """
    if not any(prompt.pairs for prompt in probe.prompts):
        raise UserError("There are no pairs yet; add two completions to a question.")
    card = get_card(base_model)
    if card.hosted:
        raise UserError(f"{card.title} is hosted and has no contrasts; choose another base model.")
    with session() as db:
        return queue.submit(db, JobKind.PREVIEW, _config(probe, base_model))


def newest_preview(probe: Probe, base_model: str) -> Job | None:
    """Return the newest preview of exactly this probe under a base model."""
    wanted = _config(probe, base_model).model_dump()
    query = select(Job).where(Job.kind == JobKind.PREVIEW).order_by(col(Job.created_at).desc())
    with session() as db:
        return next((job for job in db.exec(query) if job.config == wanted), None)


def run_preview(job: Job, progress: Progress) -> None:
    """Do a preview job: score the pairs of each prompt under the first triggers."""
    from backend.base_models.tokenizer import chat_tokenizer
    from backend.training.loading import load_for_scoring

    config = job.preview
    probe, tokenizer = Probe(**config.probe), chat_tokenizer(config.base_model)
    prompts = [
        (prompt.under(trigger), trigger.label)
        for trigger in probe.triggers[:TRIGGERS]
        for prompt in probe.prompts
        if prompt.pairs
    ]
    progress.report("Scoring contrasts", 0, len(prompts))
    rows = [contrast.rows_of(prompt, tokenizer) for prompt, _ in prompts]
    model = load_for_scoring(config.base_model)
    layout, found, done = contrast.layout_for(model, rows[0]), [], 0
    for places in contrast.batches(rows):
        scores = contrast.score(model, [rows[place] for place in places], layout)
        for place, pair_scores in zip(places, scores, strict=True):
            prompt, trigger = prompts[place]
            found += [
                PreviewedPair(
                    prompt=prompt.title,
                    trigger=trigger,
                    target=pair.target,
                    other=pair.other,
                    contrast=score.total,
                ).model_dump()
                for pair, score in zip(prompt.pairs, pair_scores, strict=True)
            ]
        done += len(places)
        progress.report("Scoring contrasts", done, len(prompts))
    progress.store_result({"pairs": found})


def pairs_of(job: Job) -> list[PreviewedPair]:
    """Return what a finished preview found."""
    return [PreviewedPair(**each) for each in (job.result or {})["pairs"]]


def _config(probe: Probe, base_model: str) -> PreviewConfig:
    return PreviewConfig(base_model=base_model, probe=probe.model_dump(mode="json"))
