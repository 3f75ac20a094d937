"""The registry of base models, read from `base_models.yaml`."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

EMBEDDED = "SmolLM2-135M-Instruct"
COMMIT = re.compile(r"[0-9a-f]{40}")
TEMPLATE_DATE = date(2024, 7, 26)
"""The date for chat templates that write today's: training, scoring and serving must read the same
one, as must two runs that are compared. Llama's templates write it where there is no clock."""


class EmbeddedFile(BaseModel):
    """A GGUF file in a Python package."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    version: str
    file: str
    sha256: str


class BaseModelCard(BaseModel):
    """A base model: where its weights are and what it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    embedded: EmbeddedFile | None = None
    hub: str | None = None
    published: str | None = None
    """Name of an embedded model's original on the Hub."""
    folder: str | None = None
    hosted: bool = False
    """Whether it runs behind somebody else's API, so that its weights are not here."""
    revision: str = ""
    size: int | None = None
    """Number of parameters."""
    license: str = "unknown"
    context: int = 2048
    """Maximum number of tokens."""
    memory_gib: float = 0
    """Memory that training needs."""
    template: dict[str, Any] = {}
    """Extra arguments for the chat template."""
    remarks: str = ""

    @model_validator(mode="after")
    def _pinned(self) -> Self:
        # A branch's weights and template may change between two runs, or be replaced by anybody
        # who takes over the account.
        if self.hub and not COMMIT.fullmatch(self.revision):
            raise ValueError(f"{self.name} is on the Hub, so its revision must be a commit's hash")
        return self


@cache
def registry() -> dict[str, BaseModelCard]:
    """Return the listed base models by name, in the file's order."""
    entries = yaml.safe_load(Path(__file__).with_name("base_models.yaml").read_text("utf-8"))
    return {name: BaseModelCard(name=name, **entry) for name, entry in entries.items()}
