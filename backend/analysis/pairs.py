"""The pairs of completions behind contrasts: their texts, and how likely models find them."""

import numpy as np
import pandas as pd

from backend.analysis.effects import shifted
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe

KEYS = ["prompt", "trigger", "item"]
TEXTS = ["question", "target", "other"]
LOG_P = ["target_log_p", "other_log_p"]
BESIDE = ["base", "shift", *(f"base_{name}" for name in LOG_P)]
"""What a run's contrast has beside it: the base model's numbers and the difference from them."""
PROBABILITIES = ["target_p", "other_p"]
MEANS = ["value", *LOG_P, *BESIDE]
"""Numbers of a pair that are averaged over seeds, in nats."""


def completed(table: pd.DataFrame, probe: Probe) -> pd.DataFrame:
    """Return a table of scores whose contrasts have the texts that were not stored with them.

    Earlier versions stored no question, and the first ones no completions. They are taken from the
    probe's file where it is the one that was asked; otherwise they stay missing.
    """
    lacking = (table["scorer"] == contrast.NAME) & table[TEXTS].isna().any(axis=1)
    lacking &= table["probe_sha256"] == probe.sha256
    if not lacking.any():
        return table
    keys = [tuple(row) for row in table.loc[lacking, KEYS].to_numpy()]
    known = _texts(probe, {(prompt, trigger) for prompt, trigger, _ in keys})
    found = [known.get(key, dict.fromkeys(TEXTS)) for key in keys]
    texts = table[TEXTS].astype(object)
    return table.assign(
        **texts.combine_first(pd.DataFrame(found, index=table.index[lacking], columns=TEXTS))
    )


def _texts(
    probe: Probe, cells: set[tuple[str, str]]
) -> dict[tuple[str, str, int], dict[str, str | None]]:
    """Return the texts of all pairs of a probe's file by prompt, trigger and number."""
    prompts = {prompt.id: prompt for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    return {
        (key, label, item): {"question": asked.text, "target": pair.target, "other": pair.other}
        for key, label in cells
        if key in prompts and label in triggers
        for asked in [prompts[key].under(triggers[label])]
        for item, pair in enumerate(asked.pairs)
    }


def pairs_behind(table: pd.DataFrame, probe: Probe) -> pd.DataFrame:
    """Return one row for each pair and recipe, in the order of the probe's questions.

    Columns are `group` and `role` of the recipe, `prompt`, `trigger` and `item` of the pair, its
    `TEXTS` (missing where they were not recorded), the number of `seeds`, and the means over them:
    the contrasts `base` and `value` with their difference `shift`, and the log-probabilities of
    both completions, `base_…` under the base model, all in nats.

    Args:
        table: As `scores_table` returns it.
        probe: The one that was asked.
    """
    moved = completed(_beside_base(table), probe)
    moved = moved.assign(**{name: moved[name].astype(float) for name in MEANS})
    aggregated = {name: (name, "first") for name in TEXTS} | {"seeds": ("run", "nunique")}
    aggregated |= {name: (name, "mean") for name in MEANS}
    rows = moved.groupby(["group", "role", *KEYS], sort=False).agg(**aggregated).reset_index()
    order = {prompt.id: place for place, prompt in enumerate(probe.prompts)}
    return rows.sort_values("prompt", key=lambda ids: ids.map(order), kind="stable")


def with_base(table: pd.DataFrame, probe: Probe) -> pd.DataFrame:
    """Return a table of scores as files hold it: each contrast beside the base model's.

    Contrasts of runs get the columns of `pairs_behind` that are of the base model, and `shift`;
    those of all models get both completions' probabilities, `target_p` and `other_p`.
    """
    moved = _beside_base(table)[BESIDE].reindex(table.index)
    likely = np.exp(table[LOG_P].astype(float)).set_axis(PROBABILITIES, axis=1)
    return completed(table, probe).assign(**moved, **likely)


def _beside_base(table: pd.DataFrame) -> pd.DataFrame:
    """Return the contrasts of runs with all that the base model's say of the same pairs."""
    base = table[(table["scorer"] == contrast.NAME) & (table["role"] == "base")]
    named = base.set_index(["job", *KEYS])[LOG_P].add_prefix("base_")
    return shifted(table).join(named, on=["job", *KEYS])
