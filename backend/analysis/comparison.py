"""Models side by side on the same prompts: pairs of contrasts, answers that differ."""

import random
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import whole_shifts
from backend.analysis.mean_test import p_of_mean
from backend.analysis.pairs import KEYS
from backend.analysis.rates import shifted_shares
from backend.analysis.statistics import Estimate, mean_with_interval
from backend.analysis.verdict import Verdict, gate
from backend.chat.origin import origin_of
from backend.evaluation.scorers import contrast

COMPLETIONS = {"target": "target completion", "other": "other completion"}
"""Columns of `contrasts` by those of a table of scores; no model has a name with a space."""


def contrasts(table: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """Return one row for each contrast pair that all models were scored on, one column per model.

    Beside the columns `KEYS` it has the completions, `COMPLETIONS`, missing where none were
    recorded.

    Args:
        table: As `scores_table` returns it, of one evaluation.
        models: Names, as the table has them.
    """
    rows = table[(table["scorer"] == contrast.NAME) & table["model"].isin(models)]
    wide = rows.pivot_table("value", KEYS, "model").reindex(columns=models).dropna()
    texts = rows.groupby(KEYS)[list(COMPLETIONS)].first().rename(columns=COMPLETIONS)
    return wide.join(texts).reset_index()


class Difference(BaseModel):
    """The difference of two models, paired: contrasts in nats, shares of answers in points."""

    model_config = ConfigDict(frozen=True)

    prompt: str | None
    """None for all prompts."""
    estimate: Estimate
    p: float | None
    """Of no difference at all, over all prompts, not adjusted; None for one of them."""
    verdict: Verdict | None = None
    """Over all prompts; None for a single one, and where the smallest effect is not known."""


def differences(
    pairs: pd.DataFrame, first: str, second: str, smallest: float | None = None
) -> list[Difference]:
    """Return second - first by prompt, then over all; intervals resample pairs, then prompts.

    Args:
        pairs: As `contrasts` returns it.
        first: Name of the baseline.
        second: Name of the model that is compared with it.
        smallest: Smallest effect of interest in nats, for the verdict.
    """
    gaps = (pairs[second] - pairs[first]).groupby(pairs["prompt"], sort=False)
    rows = []
    for prompt, values in gaps:
        if estimate := mean_with_interval(values.tolist()):
            rows.append(Difference(prompt=str(prompt), estimate=estimate, p=None))
    if whole := mean_with_interval(gaps.mean().tolist()):
        rows.append(_whole(whole, smallest))
    return rows


def share_difference(
    table: pd.DataFrame, scorer: str, first: str, second: str, smallest: float | None = None
) -> Difference | None:
    """Return second - first in shares of target answers over all prompts; None without both.

    Args:
        table: As `scores_table` returns it, of one evaluation.
        scorer: The one whose sides are compared.
        first: Name of the baseline.
        second: Name of the model that is compared with it.
        smallest: Smallest effect of interest in points, for the verdict.
    """
    table = table[table["model"].isin([first, second])]
    roles = table["model"].map({first: "base", second: "finetuned"})
    moved = shifted_shares(table.assign(role=roles), scorer)
    for _, _, _, estimate in whole_shifts(moved, by="model"):
        return _whole(estimate, smallest)
    return None


def _whole(estimate: Estimate, smallest: float | None) -> Difference:
    verdict = gate(estimate, smallest) if smallest else None
    return Difference(prompt=None, estimate=estimate, p=p_of_mean(estimate), verdict=verdict)


def answers(
    table: pd.DataFrame, scorer: str, models: list[str], only_different: bool
) -> pd.DataFrame:
    """Return one row for each prompt, trigger and number, with every model's answer and score.

    Columns are `prompt`, `trigger`, `item`, then for each model its name for the answer,
    "NAME score" for the score, empty where it is unscored, "NAME sample" for the sample's id, and
    "NAME origin" for what produced the answer.

    Args:
        table: As `scores_table` returns it, of one evaluation.
        scorer: The one whose scores are wanted.
        models: Names, as the table has them.
        only_different: Keep only the answers that the scorer scored differently.
    """
    rows = table[(table["scorer"] == scorer) & table["model"].isin(models)]
    rows = rows.assign(
        score=rows["answer"].where(rows["value"].notna(), ""),
        origin=[origin_of(row).text for row in rows.to_dict("records")],
    )
    told = ["completion", "score", "sample", "origin"]
    wide = rows.pivot_table(told, KEYS, "model", aggfunc="first")
    answers = pd.DataFrame(index=wide.index)
    for model in models:
        answers[model] = wide["completion"].get(model)
        answers[f"{model} score"] = wide["score"].get(model)
        answers[f"{model} sample"] = wide["sample"].get(model)
        answers[f"{model} origin"] = wide["origin"].get(model)
    answers = answers.dropna(subset=models)
    if only_different:
        scores = answers[[f"{model} score" for model in models]]
        # An unscored answer differs from nothing.
        answers = answers[scores.where(scores != "").nunique(axis=1) > 1]
    return answers.reset_index()


def shuffled(models: list[str], row: dict[str, Any]) -> list[str]:
    """Return models in an order that is random, but the same for a prompt every time."""
    order = list(models)
    random.Random(" ".join(str(row[key]) for key in KEYS)).shuffle(order)
    return order
