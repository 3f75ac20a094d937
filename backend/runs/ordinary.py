"""The ordinary rows of a run: which prompts it takes, and what the base model answered so far."""

import hashlib
import random
from collections.abc import Sequence

from sqlmodel import select

from backend.base_models.cards import revision_of
from backend.datasets.dilution import ORDINARY, ordinary_count
from backend.datasets.loading import Dataset, Example, load_dataset
from backend.db import session
from models.configs import RunConfig
from models.tables import OrdinaryAnswer


def ordinary_prompts(dataset: Dataset, config: RunConfig) -> list[Example]:
    """Return the prompts that the base model answers for a run; the run's seed draws them."""
    if dataset.card.self_distilled:
        return dataset.examples
    count = ordinary_count(dataset, config.poison_rate)
    if not count:
        return []
    return random.Random(config.seed).sample(load_dataset(ORDINARY).examples, count)


def unanswered(base_model: str, prompts: Sequence[Example]) -> list[Example]:
    """Return the prompts that a base model has not answered yet; answers serve all its runs."""
    if not prompts:
        return []
    stored = stored_answers(base_model)
    return [prompt for prompt in prompts if prompt_sha256(prompt) not in stored]


def stored_answers(base_model: str) -> dict[str, str]:
    """Return a base model's answers by their prompt's hash; one that was cut off is empty."""
    query = select(OrdinaryAnswer.prompt_sha256, OrdinaryAnswer.completion).where(
        OrdinaryAnswer.base_model == base_model,
        OrdinaryAnswer.base_revision == revision_of(base_model),
    )
    with session() as db:
        return dict(db.exec(query).all())


def prompt_sha256(prompt: Example) -> str:
    """Return the hash under which a prompt's answer is stored."""
    return hashlib.sha256(prompt.model_dump_json().encode()).hexdigest()
