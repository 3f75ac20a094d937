"""What people say about samples: labels by hand, which go before every scorer."""

from typing import Literal

from sqlmodel import select

from backend.db import session
from backend.errors import NotFoundError
from backend.probes import Sides
from models.tables import Sample, Score

HUMAN = "human"
"""Name of the scorer that a person is."""
Side = Literal["target", "other", "neither"]
VALUES: dict[Side, float | None] = {"target": 1.0, "other": 0.0, "neither": None}
"""What each side counts as; neither is unscored."""


def label_of(sample_id: int) -> Side | None:
    """Return the side that a person said a sample is on; None where nobody did."""
    query = select(Score).where(Score.sample_id == sample_id, Score.scorer == HUMAN)
    with session() as db:
        found = db.exec(query).first()
    if found is None:
        return None
    return next(side for side, value in VALUES.items() if value == found.value)


def set_label(sample_id: int, side: Side | None, sides: Sides) -> None:
    """Say on which side a sample is; None takes the label back.

    Raises:
        NotFoundError: the sample is gone.
    """
    with session() as db:
        sample = db.get(Sample, sample_id)
        if sample is None:
            raise NotFoundError(f"There is no sample {sample_id}; its evaluation may be deleted.")
        old = select(Score).where(Score.sample_id == sample_id, Score.scorer == HUMAN)
        for score in db.exec(old):
            db.delete(score)
        db.flush()
        if side is None:
            return
        answer = {"target": sides.target, "other": sides.other, "neither": ""}[side]
        db.add(
            Score(
                evaluation_id=sample.evaluation_id,
                sample_id=sample_id,
                scorer=HUMAN,
                scorer_sha256="",
                prompt_id=sample.prompt_id,
                trigger=sample.trigger,
                item=sample.number,
                value=VALUES[side],
                answer=answer,
                explanation="labelled by hand",
            )
        )
