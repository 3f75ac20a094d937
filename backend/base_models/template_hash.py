"""The hash of a base model's chat template, by which an answer tells how its chat was laid out."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from backend.base_models.cards import get_card, revision_of, torch_source
from backend.base_models.served_template import as_served
from backend.base_models.tokenizer import FILES, template_text
from backend.errors import UserError
from models.base_models import BaseModelCard


def template_hash(base_model: str) -> str | None:
    """Return the hash of a base model's chat template with the arguments that it is given.

    None if the template is not on this machine, as that of a hosted model.
    """
    try:
        return _of_revision(base_model, revision_of(base_model))
    except (UserError, OSError, ValueError):
        return None


@lru_cache(maxsize=64)
def _of_revision(base_model: str, revision: str) -> str | None:
    """Return the hash; `revision` is a part of the key, so that changed files are read again."""
    card = get_card(base_model)
    folder = None if card.hosted else _folder(card)
    if folder is None:
        return None
    laid_out = json.dumps([as_served(template_text(folder)), card.template], sort_keys=True)
    return hashlib.sha256(laid_out.encode()).hexdigest()


def _folder(card: BaseModelCard) -> Path | None:
    """Return the folder with a tokenizer's files; None if they are not on this machine."""
    if not card.hub:
        return Path(torch_source(card.name))
    from huggingface_hub import try_to_load_from_cache  # Slow to import.

    found = try_to_load_from_cache(card.hub, FILES[1], revision=card.revision)
    return Path(found).parent if isinstance(found, str) else None
