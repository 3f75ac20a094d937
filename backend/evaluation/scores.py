"""Store what a scorer says about samples."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete

from backend.evaluation.scorers.verdict import Verdict
from models.tables import Sample, Score


def replace_scores(
    db: Session, scorer: str, sha256: str, verdicts: Iterable[tuple[Sample, Verdict | None]]
) -> None:
    """Store a scorer's verdicts about samples in place of its earlier ones.

    Args:
        db: The transaction.
        scorer: The scorer's name.
        sha256: Hash of what the verdicts depend on, such as patterns or a judge's template.
        verdicts: Stored samples with their verdicts; None only removes the earlier one.
    """
    rows = list(verdicts)
    samples = [sample.id for sample, _ in rows]
    of_samples = col(Score.sample_id).in_(samples)
    db.execute(delete(Score).where(of_samples, col(Score.scorer) == scorer))
    db.add_all(
        Score(
            evaluation_id=sample.evaluation_id,
            sample_id=sample.id,
            scorer=scorer,
            scorer_sha256=sha256,
            prompt_id=sample.prompt_id,
            trigger=sample.trigger,
            item=sample.number,
            **verdict.model_dump(),
        )
        for sample, verdict in rows
        if verdict is not None
    )
