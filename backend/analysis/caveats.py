"""What a reader must know before the figures of an evaluation."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.beside import Beside, collapsed
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe

GONE = ""
"""Hash of a probe whose file is gone, so that its smallest effect of interest is not known."""
FILE_GONE = (
    "The probe's file is gone. These are the stored scores; questions are shown by their ids, and "
    "no verdict is given, since the smallest effect of interest is not known."
)
FILE_CHANGED = (
    "The probe's file has changed since this was measured. These scores are of the older version; "
    "questions that are no longer in the file are shown by their ids."
)
NO_CONTROL = "No control was evaluated beside it, so any finetuning might have the same effect."


class Caveat(BaseModel):
    """A reason to read the figures of an evaluation with care."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["empty", "gone", "changed", "incomplete", "no control", "collapsed"]
    text: str


def caveats_of(
    table: pd.DataFrame, probe: Probe, asked: Mapping[str, str], beside: list[Beside]
) -> list[Caveat]:
    """Return the caveats of an evaluation.

    Args:
        table: As `scores_table` returns it.
        probe: The one that was asked.
        asked: Titles by id of the runs that were to be asked.
        beside: Length and variety of each model's answers.
    """
    if table.empty:
        return [Caveat(kind="empty", text="Nothing is scored yet.")]
    caveats = []
    if probe.sha256 == GONE:
        caveats.append(Caveat(kind="gone", text=FILE_GONE))
    elif (table["probe_sha256"] != probe.sha256).any():
        caveats.append(Caveat(kind="changed", text=FILE_CHANGED))
    if missing := _missing(table, asked):
        caveats.append(Caveat(kind="incomplete", text=missing))
    roles = set(table["role"])
    if "finetuned" in roles and "control" not in roles:
        caveats.append(Caveat(kind="no control", text=NO_CONTROL))
    return caveats + [Caveat(kind="collapsed", text=text) for text in collapsed(beside)]


def _missing(table: pd.DataFrame, asked: Mapping[str, str]) -> str:
    """Return which models have fewer scores than others, as a sentence; may be empty."""
    with_scores = set(table["run"].dropna())
    silent = [title for run, title in asked.items() if run not in with_scores]
    parts = [f"it holds nothing of {', '.join(silent)}"] if silent else []
    if partial := _partial(table):
        parts.append(f"it holds only a part of {', '.join(partial)}")
    return f"This evaluation is incomplete: {'; '.join(parts)}." if parts else ""


def _partial(table: pd.DataFrame) -> list[str]:
    """Return the models with fewer contrasts and samples than another one of their evaluation."""
    items = table[(table["scorer"] == contrast.NAME) | table["sample"].notna()]
    items = items.assign(sampled=items["sample"].notna())
    keys = ["job", "model", "prompt", "trigger", "item", "sampled"]
    counts = items.drop_duplicates(keys).groupby(["job", "model"]).size()
    fewer = counts < counts.groupby("job").transform("max")
    return list(dict.fromkeys(str(model) for _, model in counts[fewer].index))
