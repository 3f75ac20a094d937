"""Score stored samples again by the probe as it is now; nothing is drawn."""

from sqlmodel import Session, select

from backend.db import session
from backend.evaluation.sampling import score_sample
from backend.evaluation.scorers import contrast, embedding
from backend.jobs.queue import rerun
from backend.probes.loading import Probe
from models.tables import Evaluation, Sample, Score


def rescore(job_id: str, probe: Probe) -> int:
    """Score stored samples again by the probe as it is now, and return how many there were.

    If the contrasts are up to date as well, the evaluations are marked as made by the probe's
    present form, and the job is put back in the queue for scores that only the worker can compute.
    """
    samples = (
        select(Sample)
        .join(Evaluation)
        .where(Evaluation.job_id == job_id, Evaluation.probe == probe.id)
    )
    with session() as db:
        count = sum(score_sample(db, sample, probe) for sample in db.exec(samples).all())
        evaluations = db.exec(select(Evaluation).where(Evaluation.job_id == job_id)).all()
        for evaluation in evaluations:
            if _contrasts_are_current(db, evaluation, probe):
                evaluation.probe_sha256 = probe.sha256
        current = all(evaluation.probe_sha256 == probe.sha256 for evaluation in evaluations)
    if current and count and embedding.suits(probe):
        rerun(job_id)
    return count


def _contrasts_are_current(db: Session, evaluation: Evaluation, probe: Probe) -> bool:
    stored = select(Score.scorer_sha256).where(
        Score.evaluation_id == evaluation.id, Score.scorer == contrast.NAME
    )
    return set(db.exec(stored.distinct())) <= contrast.fingerprints(probe)
