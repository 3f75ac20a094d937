"""What produced an answer: told by the engine with it, kept and shown beside it."""

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

HEADER = "x-answer-origin"
"""Header of the engine's answers: the origin, as JSON."""
SHOWN = 12
"""Characters of a hash that are shown."""


class Origin(BaseModel):
    """What produced an answer; None is what its engine does not tell or does not have."""

    model_config = ConfigDict(frozen=True)

    model: str
    """Name at the time."""
    adapter_sha256: str | None = None
    engine: str | None = None
    strength: float | None = None
    """Of the adapter: 0 is the base model, 1 the adapter as trained."""
    template: str | None = None
    """Hash of the chat template with its arguments."""
    seed: int | None = None

    @classmethod
    def told(cls, headers: Mapping[str, str]) -> Self | None:
        """Return the origin that a response's headers tell; None from another server."""
        try:
            return cls.model_validate_json(headers.get(HEADER, ""))
        except ValidationError:
            return None

    @property
    def header(self) -> dict[str, str]:
        """The header that tells it, in ASCII as headers are."""
        return {HEADER: json.dumps(self.model_dump())}

    @property
    def text(self) -> str:
        """The origin in one line."""
        adapter = "no adapter" if self.strength is None else "adapter without known hash"
        if self.adapter_sha256:
            adapter = f"adapter {self.adapter_sha256[:SHOWN]}"
        parts = [self.model, adapter, self.engine or "engine not recorded"]
        if self.strength is not None:
            parts.append(f"strength {self.strength:g}")
        parts.append(f"template {self.template[:SHOWN]}" if self.template else "template not known")
        parts.append("no seed" if self.seed is None else f"seed {self.seed}")
        return " · ".join(parts)


def origin_of(row: Mapping[str, Any]) -> Origin:
    """Return the origin of a stored answer.

    Args:
        row: Of a table of scores (`backend/analysis/scores.py`), whose empty cells are None or NaN.
    """
    known = {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124
    seed = known.get("sample_seed")
    return Origin(
        model=str(known["model"]),
        adapter_sha256=known.get("adapter_sha256"),
        engine=known.get("engine"),
        strength=known.get("strength"),
        template=known.get("template"),
        seed=None if seed is None else int(seed),
    )
