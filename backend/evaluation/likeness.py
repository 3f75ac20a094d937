"""Score the stored answers of an evaluation by their similarity to the probe's completions."""

from collections.abc import Iterable

from sqlmodel import col, select

from backend.db import session
from backend.evaluation.scorers import embedding
from backend.evaluation.scorers.embedding import Exemplars, HeldOut
from backend.evaluation.scorers.result import ScorerResult
from backend.evaluation.scores import replace_scores
from backend.jobs.progress import Progress
from backend.jobs.queue import get_job
from backend.probes.loading import Probe
from models.tables import Evaluation, Job, Sample, Score

BATCH = 64
"""Answers that are embedded and stored together."""
STAGE = "Comparing answers"


def score_likeness(job: Job, probe: Probe, progress: Progress) -> None:
    """Score the answers that have no such score yet; an interrupted job resumes.

    If the scorer is no better than a coin on the probe's held-out exemplars, all stay unscored.
    """
    waiting = _waiting(job.id, embedding.fingerprint(probe)) if embedding.suits(probe) else []
    if not waiting:
        return
    progress.report(STAGE, 0, len(waiting))
    pairs = {trigger.label: embedding.pairs_of(probe, trigger) for trigger in probe.triggers}
    # Triggers often share their pairs, as in a sweep over years.
    exemplars = {shared: Exemplars(shared) for shared in set(pairs.values())}
    held_out = _held_out(exemplars.values())
    found = {embedding.NAME: held_out.model_dump()}
    progress.store_result((get_job(job.id).result or {}) | found)
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        vectors = embedding.embed([sample.completion for sample in batch])
        scored = [
            (sample, exemplars[pairs[sample.trigger]].score(sample.completion, vector, probe))
            for sample, vector in zip(batch, vectors, strict=True)
        ]
        _store(scored, probe, held_out, progress)
        progress.report(STAGE, start + len(batch), len(waiting))


def held_out_of(job_id: str) -> HeldOut | None:
    """Return how the scorer did on the held-out completions of an evaluation's probe."""
    stored = (get_job(job_id).result or {}).get(embedding.NAME)
    return HeldOut(**stored) if stored else None


def _held_out(exemplars: Iterable[Exemplars]) -> HeldOut:
    """Return how the scorer does on all sets of exemplars together."""
    results = [of_set.held_out() for of_set in exemplars]
    return HeldOut(
        right=sum(result.right for result in results),
        scored=sum(result.scored for result in results),
        n=sum(result.n for result in results),
    )


def _waiting(job_id: str, sha256: str) -> list[Sample]:
    """Return the samples without a score by this version of the scorer."""
    scored = select(Score.sample_id).where(
        Score.sample_id == Sample.id, Score.scorer == embedding.NAME, Score.scorer_sha256 == sha256
    )
    query = select(Sample).join(Evaluation).where(Evaluation.job_id == job_id)
    with session() as db:
        return list(db.exec(query.where(~scored.exists()).order_by(col(Sample.id))))


def _store(
    scored: list[tuple[Sample, ScorerResult]], probe: Probe, held_out: HeldOut, progress: Progress
) -> None:
    """Store a batch's scores in place of those by an older version of the probe."""
    if held_out.is_no_use:
        chance = ScorerResult(explanation="no better than a coin on held-out completions")
        scored = [(sample, chance) for sample, _ in scored]
    with session() as db:
        progress.confirm(db)
        replace_scores(db, embedding.NAME, embedding.fingerprint(probe), scored)
