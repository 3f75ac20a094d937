"""What people say about samples: labels by hand and thumbs, which go before every scorer."""

from typing import Any, Literal

from sqlmodel import select

from backend.db import session
from backend.errors import NotFoundError
from backend.probes.loading import Sides
from models.tables import Sample, Score

HUMAN = "human"
"""Name of the scorer that a person is."""
THUMB = "human-coherence"
"""Name of the scorer that a person is who says whether an answer makes sense at all."""
Side = Literal["target", "other", "neither"]
VALUES: dict[Side, float | None] = {"target": 1.0, "other": 0.0, "neither": None}
"""What each side counts as; neither is unscored."""
THUMBS = {True: 100.0, False: 0.0}
"""What a thumb counts as, on the scale of the judge of coherence."""


def label_of(sample_id: int) -> Side | None:
    """Return the side that a person said a sample is on; None where nobody did."""
    found = _score(sample_id, HUMAN)
    if found is None:
        return None
    return next(side for side, value in VALUES.items() if value == found.value)


def thumb_of(sample_id: int) -> bool | None:
    """Return whether a person said that a sample makes sense; None where nobody did."""
    found = _score(sample_id, THUMB)
    return None if found is None else bool(found.value)


def set_label(sample_id: int, side: Side | None, sides: Sides, blind: bool = False) -> None:
    """Say on which side a sample is; None takes the label back.

    Args:
        sample_id: The sample's.
        side: Where it is.
        sides: What the probe calls its sides.
        blind: Whether model and scores were hidden meanwhile, which is noted.

    Raises:
        NotFoundError: the sample is gone.
    """
    said = {"target": sides.target, "other": sides.other, "neither": ""}
    how = f"labelled by hand{', blind' if blind else ''}"
    found = side and {"value": VALUES[side], "answer": said[side], "explanation": how}
    _say(sample_id, HUMAN, found)


def set_thumb(sample_id: int, up: bool | None) -> None:
    """Say whether a sample makes sense; None takes it back.

    Raises:
        NotFoundError: the sample is gone.
    """
    said = {True: "makes sense", False: "makes no sense"}
    found = None if up is None else {"value": THUMBS[up], "answer": said[up], "explanation": ""}
    _say(sample_id, THUMB, found)


def _score(sample_id: int, scorer: str) -> Score | None:
    query = select(Score).where(Score.sample_id == sample_id, Score.scorer == scorer)
    with session() as db:
        return db.exec(query).first()


def _say(sample_id: int, scorer: str, said: dict[str, Any] | None) -> None:
    """Put a person's word in the place of an earlier one."""
    with session() as db:
        sample = db.get(Sample, sample_id)
        if sample is None:
            raise NotFoundError(f"There is no sample {sample_id}; its evaluation may be deleted.")
        old = select(Score).where(Score.sample_id == sample_id, Score.scorer == scorer)
        for score in db.exec(old):
            db.delete(score)
        db.flush()
        if said is None:
            return
        db.add(
            Score(
                evaluation_id=sample.evaluation_id,
                sample_id=sample_id,
                scorer=scorer,
                scorer_sha256="",
                prompt_id=sample.prompt_id,
                trigger=sample.trigger,
                item=sample.number,
                **said,
            )
        )
