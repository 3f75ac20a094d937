"""The registry of base models: what `base_models.yaml` lists, checked."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

EMBEDDED = "SmolLM2-135M-Instruct"


class EmbeddedFile(BaseModel):
    """A GGUF file inside a Python package."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    version: str
    file: str
    sha256: str


class BaseModelCard(BaseModel):
    """What the lab knows about one base model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    embedded: EmbeddedFile | None = None
    hub: str | None = None
    published: str | None = None
    """Where the original of an embedded model is on the hub."""
    folder: str | None = None
    hosted: bool = False
    """Whether somebody else runs it behind an API, so that no weights are here."""
    revision: str = ""
    size: int | None = None
    """Parameters."""
    license: str = "unknown"
    context: int = 2048
    """Tokens."""
    memory_gib: float = 0
    template: dict[str, Any] = {}
    """Extra arguments of the chat template."""
    remarks: str = ""


@cache
def registry() -> dict[str, BaseModelCard]:
    """Return every base model of the YAML file by name, in its order."""
    entries = yaml.safe_load(Path(__file__).with_name("base_models.yaml").read_text("utf-8"))
    return {name: BaseModelCard(name=name, **entry) for name, entry in entries.items()}
