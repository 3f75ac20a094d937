"""Labels that people give to samples: a side, or a thumb; they take precedence over scorers."""

from typing import Literal

from sqlmodel import select

from backend.db import session
from backend.errors import NotFoundError, UserError
from backend.evaluation.scorers.result import ScorerResult
from backend.evaluation.scores import replace_scores
from backend.probes.loading import Sides
from models.tables import Sample, Score

HUMAN = "human"
"""Scorer name of a person who says which side an answer is on."""
THUMB = "human-coherence"
"""Scorer name of a person who says whether an answer makes sense at all."""
Side = Literal["target", "other", "neither"]
VALUES: dict[Side, float | None] = {"target": 1.0, "other": 0.0, "neither": None}
"""The value of each side; neither is unscored."""
NOTE = "note"
"""Where a label's details hold what the person noted beside it."""
THUMBS = {True: 100.0, False: 0.0}
"""The value of a thumb, on the scale of the coherence judge."""


def label_of(sample_id: int) -> Side | None:
    """Return the side that a person put a sample on; None without a label."""
    score = _score(sample_id, HUMAN)
    if score is None:
        return None
    return next(side for side, value in VALUES.items() if value == score.value)


def thumb_of(sample_id: int) -> bool | None:
    """Return whether a person said that a sample makes sense; None without a thumb."""
    score = _score(sample_id, THUMB)
    return None if score is None else bool(score.value)


def note_of(sample_id: int) -> str:
    """Return what a person noted beside the label of a sample; empty without a note."""
    score = _score(sample_id, HUMAN)
    return str(score.details.get(NOTE, "")) if score else ""


def set_note(sample_id: int, note: str) -> None:
    """Note something beside the label of a sample; an empty note removes it.

    Raises:
        NotFoundError: the sample is gone.
        UserError: it has no label yet.
    """
    score = _score(sample_id, HUMAN)
    if score is None:
        raise UserError("Label this answer first; a note belongs to a label.")
    how = score.explanation.partition(": ")[0]
    result = ScorerResult(
        value=score.value,
        answer=score.answer,
        explanation=f"{how}: {note}" if note else how,
        details={NOTE: note} if note else {},
    )
    _store(sample_id, HUMAN, result)


def set_label(sample_id: int, side: Side | None, sides: Sides, blind: bool = False) -> None:
    """Label a sample with a side; None removes the label. A note stays beside another label.

    Args:
        sample_id: The sample.
        side: The side that it is on.
        sides: The probe's names of the sides.
        blind: Whether model and scores were hidden from the person, which is recorded.

    Raises:
        NotFoundError: the sample is gone.
    """
    result, note = None, note_of(sample_id)
    if side is not None:
        names: dict[Side, str] = {"target": sides.target, "other": sides.other, "neither": ""}
        explanation = f"labelled by hand{', blind' if blind else ''}"
        result = ScorerResult(value=VALUES[side], answer=names[side], explanation=explanation)
    _store(sample_id, HUMAN, result)
    if side is not None and note:
        set_note(sample_id, note)


def set_thumb(sample_id: int, up: bool | None) -> None:
    """Record whether a sample makes sense; None removes the thumb.

    Raises:
        NotFoundError: the sample is gone.
    """
    result = None
    if up is not None:
        answer = "makes sense" if up else "makes no sense"
        result = ScorerResult(value=THUMBS[up], answer=answer)
    _store(sample_id, THUMB, result)


def _score(sample_id: int, scorer: str) -> Score | None:
    query = select(Score).where(Score.sample_id == sample_id, Score.scorer == scorer)
    with session() as db:
        return db.exec(query).first()


def _store(sample_id: int, scorer: str, result: ScorerResult | None) -> None:
    with session() as db:
        sample = db.get(Sample, sample_id)
        if sample is None:
            raise NotFoundError(f"There is no sample {sample_id}; its evaluation may be deleted.")
        replace_scores(db, scorer, "", [(sample, result)])
