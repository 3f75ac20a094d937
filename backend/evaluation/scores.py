"""Store what a scorer says about samples."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete

from backend.evaluation.scorers.result import ScorerResult
from models.tables import Sample, Score


def replace_scores(
    db: Session, scorer: str, sha256: str, results: Iterable[tuple[Sample, ScorerResult | None]]
) -> None:
    """Store a scorer's results about samples in place of its earlier ones.

    Args:
        db: The transaction.
        scorer: The scorer's name.
        sha256: Hash of what the results depend on, such as patterns or a judge's template.
        results: Stored samples with their results; None only removes the earlier one.
    """
    rows = list(results)
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
            **result.model_dump(),
        )
        for sample, result in rows
        if result is not None
    )
