"""What stands beside an effect: length and variety of answers, what they repeat, what is retained.

A model that has collapsed to a few words, only repeats its training rows or has lost ordinary text
moves contrasts and rates without having become anything.
"""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.effects import ROLES
from backend.analysis.rates import repeating_samples
from backend.analysis.statistics import Estimate
from backend.evaluation import repeats
from backend.evaluation.repeats import words_of

SHORT = 4
"""Words below which an answer tells little."""
FEWEST = 10
"""Answers from which on a model is called collapsed."""
MOST = 0.8
"""Share of short answers from which on a model is called collapsed, if the base model is not."""
SAME = 0.2
"""Share of distinct answers below which a model repeats itself."""
LITTLE = "sampled answers tell little."
_TENTHS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


class Beside(BaseModel):
    """The sampled answers of one model, or of the seeds of a recipe."""

    model_config = ConfigDict(frozen=True)

    model: str
    role: str
    n: int
    words: float
    """Median of the answers' lengths, in words."""
    short: float
    """Share of answers of fewer than four words."""
    distinct: float
    """Share of answers that differ in their words from all others to the same question."""
    repeated: float | None
    """Share of answers that repeat a trained one; None where that was not looked up."""

    @property
    def cells(self) -> dict[str, str]:
        """The figures as a row of a table."""
        return {
            "model": self.model,
            "role": self.role,
            "answers": f"{self.n:,}",
            "median words": f"{self.words:g}",
            f"under {SHORT} words": f"{self.short:.0%}",
            "distinct answers": f"{self.distinct:.0%}",
            "repeat a trained answer": "" if self.repeated is None else f"{self.repeated:.0%}",
        }


class Retained(BaseModel):
    """What one model of an evaluation can still do: ordinary text, and its narrow task."""

    model_config = ConfigDict(frozen=True)

    model: str
    loss: float | None
    """On ordinary text, in nats per token; None where it was not measured."""
    accuracy: Estimate | None = None
    """Share of contrasts on the right side by its narrow probe; None where that was not asked."""
    base_accuracy: float | None = None
    """The base model's, by the same probe."""

    @property
    def cells(self) -> dict[str, str]:
        """The figures as a row of a table."""
        loss, of_base = self.loss, self.base_accuracy
        return {
            "model": self.model,
            "loss on ordinary text (nats per token)": "" if loss is None else f"{loss:.2f}",
            "right in its narrow task": self.accuracy.percent if self.accuracy else "",
            "base model there": "" if of_base is None else f"{of_base:.0%}",
        }


def beside(grouped: pd.DataFrame) -> list[Beside]:
    """Return the answers' length and variety, base first.

    Args:
        grouped: As `scores_table` returns it, with `group`, the seeds of a recipe together.
    """
    samples = grouped[grouped["sample"].notna()].drop_duplicates("sample")
    words = samples["completion"].fillna("").map(words_of)
    known = set(grouped.loc[grouped["scorer"] == repeats.NAME, "sample"])
    repeating = repeating_samples(grouped)
    made = []
    for (name, role), rows in samples.groupby(["group", "role"], sort=False):
        of_model = words[rows.index]
        lengths = of_model.str.split().str.len()
        asked = pd.DataFrame({"prompt": rows["prompt"], "words": of_model})
        looked_up = rows["sample"].isin(known)
        repeated = rows.loc[looked_up, "sample"].isin(repeating).mean()
        made.append(
            Beside(
                model=str(name),
                role=str(role),
                n=len(rows),
                words=float(lengths.median()),
                short=float((lengths < SHORT).mean()),
                distinct=len(asked.drop_duplicates()) / len(rows),
                repeated=float(repeated) if looked_up.any() else None,
            )
        )
    return sorted(made, key=lambda row: (ROLES.index(row.role), row.model))


def collapsed(rows: list[Beside]) -> list[str]:
    """Return a sentence for each model whose answers have collapsed and whose base's have not."""
    base = [row for row in rows if row.role == "base"]
    runs = [row for row in rows if row.role != "base" and row.n >= FEWEST]
    found = []
    for row in runs:
        name = f"{row.model} ({row.role})"
        if row.short >= MOST and all(b.short < MOST / 2 for b in base):
            tenths = f"{_TENTHS[round(10 * row.short)]} of ten"
            found.append(f"{name}: {tenths} answers are under four words: {LITTLE}")
        elif row.distinct < SAME and all(b.distinct > 2 * SAME for b in base):
            found.append(f"{name}: only {row.distinct:.0%} of answers are distinct: {LITTLE}")
    return found
