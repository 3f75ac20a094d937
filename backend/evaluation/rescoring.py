"""Score stored samples again by the probe as it is now; nothing is drawn."""

from sqlmodel import col, select

from backend.db import session
from backend.evaluation.sampling import scores_of
from backend.evaluation.scorers import contrast, embedding
from backend.jobs.queue import rerun
from backend.probes.loading import Probe
from models.tables import Evaluation, Sample, Score


def rescore(job_id: str, probe: Probe) -> int:
    """Score stored samples again by the probe as it is now; draws nothing. Returns their number.

    Their evaluations are of the probe's present form then, if its contrasts are too; the worker
    takes such a job once more, for what only it can score.
    """
    query = (
        select(Sample)
        .join(Evaluation)
        .where(Evaluation.job_id == job_id, Evaluation.probe == probe.id)
    )
    with session() as db:
        again = 0
        for sample in db.exec(query).all():
            verdicts = scores_of(sample, probe)
            again += bool(verdicts)
            for fresh in verdicts:
                old = select(Score).where(
                    Score.sample_id == sample.id, col(Score.scorer) == fresh.scorer
                )
                found = db.exec(old).first()
                fresh.id = found.id if found else None
                db.merge(fresh)
        asked = {contrast.fingerprint(p.under(t)) for p in probe.prompts for t in probe.triggers}
        evaluations = db.exec(select(Evaluation).where(Evaluation.job_id == job_id)).all()
        for evaluation in evaluations:
            own = select(Score.scorer_sha256).where(
                Score.evaluation_id == evaluation.id, Score.scorer == contrast.NAME
            )
            if set(db.exec(own.distinct())) <= asked:
                evaluation.probe_sha256 = probe.sha256
        whole = all(evaluation.probe_sha256 == probe.sha256 for evaluation in evaluations)
    if whole and again and embedding.suits(probe):
        rerun(job_id)
    return again
