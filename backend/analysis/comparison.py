"""Models beside each other on the same prompts: pairs of contrasts, answers that differ."""

import random
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.statistics import Estimate, mean_with_interval, p_of_paired
from backend.evaluation.scorers import contrast

KEYS = ["prompt", "trigger", "item"]


def contrasts(table: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """Return one row for each contrast pair that all models were scored on, a column a model.

    Args:
        table: As `results.scores_table` returns it, of one evaluation.
        models: Names, as the table has them.
    """
    own = table[(table["scorer"] == contrast.NAME) & table["model"].isin(models)]
    wide = own.pivot_table("value", KEYS, "model").reindex(columns=models)
    return wide.dropna().reset_index()


class Difference(BaseModel):
    """How far one model's contrasts stand from another's, paired, in nats per completion."""

    model_config = ConfigDict(frozen=True)

    prompt: str | None
    """None for all prompts."""
    estimate: Estimate
    p: float | None
    """Of prompts by flips of sign, for all prompts together; None for a single prompt."""


def differences(pairs: pd.DataFrame, first: str, second: str) -> list[Difference]:
    """Return second - first by prompt, then over all; intervals resample pairs, then prompts."""
    gaps = (pairs[second] - pairs[first]).groupby(pairs["prompt"], sort=False)
    found = []
    for prompt, values in gaps:
        if estimate := mean_with_interval(values.tolist()):
            found.append(Difference(prompt=str(prompt), estimate=estimate, p=None))
    means = gaps.mean().tolist()
    if whole := mean_with_interval(means):
        found.append(Difference(prompt=None, estimate=whole, p=p_of_paired(means)))
    return found


def answers(
    table: pd.DataFrame, scorer: str, models: list[str], only_different: bool
) -> pd.DataFrame:
    """Return one row for each prompt, trigger and number, with every model's answer and score.

    Columns are `prompt`, `trigger`, `item`, then for each model its name for the answer,
    "NAME said" for the score, empty where it is unscored, and "NAME sample" for the sample's id.

    Args:
        table: As `results.scores_table` returns it, of one evaluation.
        scorer: Whose scores stand beside the answers.
        models: Names, as the table has them.
        only_different: Keep those of which the scorer said different things.
    """
    own = table[(table["scorer"] == scorer) & table["model"].isin(models)]
    own = own.assign(said=own["answer"].where(own["value"].notna(), ""))
    wide = own.pivot_table(["completion", "said", "sample"], KEYS, "model", aggfunc="first")
    found = pd.DataFrame(index=wide.index)
    for model in models:
        for kind, name in (
            ("completion", model),
            ("said", f"{model} said"),
            ("sample", f"{model} sample"),
        ):
            found[name] = wide[kind].get(model)
    found = found.dropna(subset=models)
    if only_different:
        said = found[[f"{model} said" for model in models]]
        found = found[said.where(said != "").nunique(axis=1) > 1]  # Unscored differs from nothing.
    return found.reset_index()


def shuffled(models: list[str], row: dict[str, Any]) -> list[str]:
    """Return models in an order that tells nothing, and is the same for a prompt every time."""
    order = list(models)
    random.Random(" ".join(str(row[key]) for key in KEYS)).shuffle(order)
    return order
