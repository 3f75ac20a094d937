"""The names of models: base models, hosted models and runs share one namespace.

Runs' names and ids and added base models are unique in the database itself, by `ModelName`. What
the registry and `HOSTED_MODELS` name is in no table, so it is compared here.
"""

from sqlmodel import Session

from backend.hosted.prices import hosted_models
from models.base_models import registry
from models.tables import ModelName

ADDED = "an added base model"


def listed_names() -> set[str]:
    """Return the names that no table holds: those of listed and of hosted models."""
    return {*registry(), *hosted_models()}


def bearer_of(name: str, db: Session) -> str | None:
    """Return in words what kind of model bears a name or an id; None if it is free."""
    if name in listed_names():
        return "a listed or hosted model"
    bearer = db.get(ModelName, name)
    if bearer is None:
        return None
    return "a run" if bearer.run_id else ADDED
