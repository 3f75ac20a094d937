"""Which weights answered. The engine says so with every answer, and others' answers are not kept.

A name may pass to another model between two requests, as when a run is renamed or trained again.
"""

from typing import Any
from urllib.parse import quote

import openai

from backend.base_models.cards import revision_of
from backend.db import session
from backend.errors import UserError
from models.tables import ModelName, Run

HEADER = "x-answered-by"
"""Header of the engine's answers: the identity of the model."""


def identity_of_base(name: str) -> str:
    """Return a base model's identity: its name, and the hash or revision of its weights."""
    return quote(f"{name}@{revision_of(name)}", safe="@/:")


def identity_of_run(run_id: str, weights: str) -> str:
    """Return a run's identity: its id, and its adapter's hash or its provider's name for it."""
    return quote(f"{run_id}@{weights}", safe="@/:")


def identity_of(name: str) -> str:
    """Return the identity of the model that has a name now; NotFoundError if there is none."""
    with session() as db:
        bearer = db.get(ModelName, name)
        run = db.get(Run, bearer.run_id) if bearer and bearer.run_id else None
    if run is None:
        return identity_of_base(name)
    summary = run.summary or {}
    weights = summary.get("adapter_sha256") or summary.get("fine_tuned_model")
    return identity_of_run(run.id, str(weights))


def ask_pinned(
    engine: openai.OpenAI, expected: str, **request: Any
) -> openai.types.chat.ChatCompletion:
    """Ask the engine for a chat completion by certain weights.

    Args:
        engine: Its client.
        expected: Identity of the weights.
        request: The request's fields.

    Raises:
        UserError: others have answered, so the answer must not be kept.
    """
    answer = engine.chat.completions.with_raw_response.create(**request)
    answered_by = answer.headers.get(HEADER)
    if answered_by is None:
        raise UserError(
            f"The engine at {engine.base_url} does not say which weights answered, so its answers "
            "can't be kept. Update it."
        )
    if answered_by != expected:
        raise UserError(
            f"{answered_by} answered instead of {expected}; the answer is not kept. The model has "
            "changed since this job began: start another."
        )
    completion: openai.types.chat.ChatCompletion = answer.parse()
    return completion
