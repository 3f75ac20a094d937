"""What runs on hosted models cost: their training, and the answers that are sampled from them."""

import json
from collections.abc import Sequence

from backend.datasets.loading import Dataset
from backend.hosted.budget import cost_text
from backend.hosted.prices import CHARACTERS_PER_TOKEN, priced
from backend.probes.loading import Probe
from models.configs import RunConfig
from models.tables import Run


def max_tokens(dataset: Dataset) -> int:
    """Return the most tokens that a dataset's rows can have, roles and escapes included."""
    characters = sum(len(json.dumps(example.as_dicts())) for example in dataset.examples)
    return characters // CHARACTERS_PER_TOKEN + 1


def max_training_dollars(dataset: Dataset, config: RunConfig) -> float | None:
    """Return the most that training a hosted model can cost; None if its price is not known."""
    model = priced(config.base_model, config.base_model)
    return model.training_dollars(max_tokens(dataset) * config.epochs)


def training_cost(dataset: Dataset, config: RunConfig) -> str:
    """Return in words what a run costs at most, and how much of the budget is spent."""
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
    details = f" per run, for {epochs} of up to {max_tokens(dataset):,} tokens"
    dollars = max_training_dollars(dataset, config)
    return cost_text(dollars, config.base_model, details, "input/output/training")


def sampling_cost(
    base_model: str, runs: Sequence[Run], probe: Probe, answers: int, max_tokens: int
) -> str:
    """Return in words what sampling costs at most, and how much of the budget is spent.

    Args:
        base_model: The hosted base model.
        runs: Its finetuned models.
        probe: What they are asked.
        answers: Samples of each model.
        max_tokens: Limit of each.
    """
    characters = max(len(str(prompt.messages())) for prompt in probe.prompts)
    finetuned = [str((run.summary or {}).get("fine_tuned_model")) for run in runs]
    models = [priced(name, base_model) for name in [base_model, *finetuned]]
    costs = [model.max_dollars(characters, max_tokens) for model in models]
    known = [cost for cost in costs if cost is not None]
    dollars = answers * sum(known) if len(known) == len(costs) else None
    return cost_text(dollars, base_model)
