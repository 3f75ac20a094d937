"""What a scorer says about one sampled answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class ScorerResult(BaseModel):
    """1 for the target side, 0 for the other, a rating, or None if unscored."""

    model_config = ConfigDict(frozen=True)

    value: float | None = None
    answer: str = ""
    explanation: str = ""
    details: dict[str, Any] = {}
