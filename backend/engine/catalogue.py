"""The models that the gateway offers: base models that an engine can serve, and finished runs."""

from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sqlmodel import select

from backend.base_models.cards import Engine, engine_of, engines_of, get_card, list_chat_models
from backend.chat.identity import identity_of_base, identity_of_run
from backend.config import settings
from backend.db import session
from backend.engine.errors import ApiError
from backend.errors import UserError
from backend.runs import queries
from models.base_models import BaseModelCard
from models.tables import Run

RUN_KEY = "run:"


@dataclass(frozen=True)
class Model:
    """A model that requests can name."""

    name: str
    kind: Literal["base", "adapter", "hosted"]
    title: str
    base_model: str
    created: int = 0
    run_id: str | None = None
    adapter_sha256: str | None = None
    identity: str = ""
    """Its weights, as the engine states them with every answer."""
    engine: Engine = "llama.cpp"
    hosted_as: str = ""
    """The name that its host knows it by; empty if it is served on this machine."""
    template: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """Extra arguments for the base model's chat template."""

    @property
    def key(self) -> str:
        """The key of the model's server; a run's is made of its id, so it survives a rename."""
        return f"{RUN_KEY}{self.run_id}" if self.run_id else f"base:{self.name}"

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return settings().run_folder(str(self.run_id))

    def entry(self) -> dict[str, Any]:
        """Return the model's entry in `/v1/models`."""
        return {
            "id": self.name,
            "object": "model",
            "created": self.created,
            "owned_by": "weird-generalization-lab",
            "kind": self.kind,
            "title": self.title,
            "base_model": self.base_model,
        }


def _of_card(card: BaseModelCard) -> Model:
    engine = engine_of(card.name)
    kind: Literal["base", "hosted"] = "hosted" if engine == "hosted" else "base"
    return Model(
        name=card.name,
        kind=kind,
        title=card.title,
        base_model=card.name,
        template=card.template,
        engine=engine,
        hosted_as=card.name if card.hosted else "",
        identity=identity_of_base(card.name),
    )


def _of_run(run: Run) -> Model:
    template: dict[str, Any] = {}
    # Its host serves a finetuned model even if HOSTED_MODELS no longer lists its base model.
    hosted_as = str((run.summary or {}).get("fine_tuned_model") or "")
    engine: Engine = "hosted" if hosted_as else "llama.cpp"
    with suppress(UserError):
        template = get_card(run.base_model).template
        engine = "hosted" if hosted_as else engine_of(run.base_model)
    sha256 = (run.summary or {}).get("adapter_sha256")
    return Model(
        name=run.name,
        kind="hosted" if hosted_as else "adapter",
        title=run.name,
        base_model=run.base_model,
        created=int(run.created_at.timestamp()),
        run_id=run.id,
        adapter_sha256=sha256,
        identity=identity_of_run(run.id, sha256 or hosted_as),
        template=template,
        engine=engine,
        hosted_as=hosted_as,
    )


def finished_runs(excluding: Container[tuple[str, str]] = ()) -> list[Model]:
    """Return the finished runs, the newest first.

    Args:
        excluding: Pairs of a run's id and its adapter's hash to leave out.
    """
    return [
        _of_run(run)
        for run in queries.finished_runs()
        if (run.id, str((run.summary or {}).get("adapter_sha256") or "")) not in excluding
    ]


def list_models() -> list[Model]:
    """Return every model that the gateway offers."""
    return [_of_card(card) for card in list_chat_models()] + finished_runs()


def find(name: str) -> Model:
    """Return the model with a name.

    Raises:
        ApiError: no model has that name, or two have, its training is not finished, or it can't be
            served here.
    """
    with session() as db:
        # The lab's own pages send the run's id, which survives a rename; other clients its name.
        run = db.get(Run, name) or db.exec(select(Run).where(Run.name == name)).first()
    try:
        card = get_card(name)
    except UserError:
        return _finished(run, name)
    if run is not None:
        raise _ambiguous(run, name)
    try:
        return _of_card(card)
    except UserError as error:
        raise ApiError(404, str(error), "model_not_ready", "model") from error


def _ambiguous(run: Run, name: str) -> ApiError:
    """Return the error for a name that a base model got when a run had it already."""
    remedy = "Rename the base model's folder" if run.id == name else "Rename the run"
    message = f'Both a base model and a run are called "{name}". {remedy}, or remove one of them.'
    return ApiError(409, message, "ambiguous_model", "model")


def _finished(run: Run | None, name: str) -> Model:
    if run is None:
        raise ApiError(404, f'There is no model "{name}".', "model_not_found", "model")
    if run.summary is None:
        raise ApiError(404, f'"{name}" has not finished training.', "model_not_ready", "model")
    return _of_run(run)


def served_by(model: Model, engine: Engine) -> Model:
    """Return the model with the engine that a request names.

    Raises:
        ApiError: that engine can't serve the model on this machine.
    """
    with suppress(UserError):
        if engine == model.engine or engine in engines_of(model.base_model):
            return replace(model, engine=engine)
    message = f"{model.title} is not served by {engine} here."
    raise ApiError(400, message, "engine_not_here", "engine")
