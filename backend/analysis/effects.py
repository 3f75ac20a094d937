"""Compute effects from contrasts: shifts, sweeps, trigger gaps, and effects beyond a control."""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.regression import BaseRegression, regression_on_base
from backend.analysis.statistics import Estimate, clustered_mean, mean_with_interval
from backend.datasets.loading import list_datasets
from backend.evaluation.scorers import contrast
from backend.probes.loading import Probe
from backend.runs.queries import title_of
from models.configs import Recipe, recipe_words

ROLES = ["base", "finetuned", "control"]
"""In the order in which models are shown."""


class Shift(BaseModel):
    """How far contrasts moved from the base model's, in nats per completion."""

    model_config = ConfigDict(frozen=True)

    model: str
    """The run's name, or its group's where runs are taken together."""
    role: str
    seeds: int
    prompt: str | None
    """None for the whole probe."""
    estimate: Estimate
    on_base: BaseRegression | None = None
    """Of the whole probe: the line of finetuned on base contrasts."""


def shifted(table: pd.DataFrame) -> pd.DataFrame:
    """Return the contrasts of runs with `shift`, finetuned - base, where both were scored."""
    contrasts = table[table["scorer"] == contrast.NAME]
    keys = ["job", "prompt", "trigger", "item"]
    base = contrasts[contrasts["role"] == "base"].set_index(keys)["value"]
    paired = contrasts[contrasts["role"] != "base"].join(base.rename("base"), on=keys)
    return paired.assign(shift=paired["value"] - paired["base"]).dropna(subset=["shift"])


def contrast_shifts(table: pd.DataFrame, probe: Probe, by: str = "group") -> list[Shift]:
    """Return finetuned - base for each prompt, then over all prompts (`prompt` None).

    Each pair is compared with itself on the base model of the same job. A prompt's interval
    resamples its pairs; the whole probe's resamples prompts, since pairs of one prompt move
    together, and runs (seeds), so more seeds never look like more prompts.

    Args:
        table: As `scores_table` returns it.
        probe: Gives the order of the prompts.
        by: "group" takes the seeds of a dataset's recipe together, "model" keeps them apart.
    """
    moved = shifted(table.assign(group=groups(table)))
    shifts: list[Shift] = []
    for (name, role), rows in moved.groupby([by, "role"], sort=False):
        seeds = max(rows["seed"].nunique(), 1)
        pairs = rows.groupby(["prompt", "trigger", "item"])["shift"].mean()
        values = {p: pair_shifts.tolist() for p, pair_shifts in pairs.groupby("prompt")}
        whole = clustered_mean(rows.pivot_table("shift", "prompt", "run"))
        estimates = {p.id: mean_with_interval(values.get(p.id, [])) for p in probe.prompts}
        model = {"model": str(name), "role": str(role), "seeds": seeds}
        shifts += [
            Shift(**model, prompt=prompt, estimate=estimate)
            for prompt, estimate in estimates.items()
            if estimate
        ]
        if whole:
            line = regression_on_base(rows)
            shifts.append(Shift(**model, prompt=None, estimate=whole, on_base=line))
    return shifts


def groups(table: pd.DataFrame) -> pd.Series:
    """Return the name of the group that each row's run belongs to; base rows keep their model's.

    A group is a dataset, its rows and a recipe: a mean over different rows or recipes would
    describe nothing that anybody ran. If a dataset's runs have several recipes, its title is
    followed by their differences, and by the hash of the rows if these have changed.
    """
    names: dict[tuple[str, str, Recipe], str] = {}
    keys = ["dataset", "rows", "recipe"]
    table = table.assign(rows=table["dataset_sha256"].astype(object).fillna(""))
    runs = table[table["role"] != "base"].drop_duplicates(keys)
    for dataset, own in runs.groupby("dataset"):
        shared = frozenset.intersection(*own["recipe"])
        changed = own["rows"].nunique() > 1
        for sha256, recipe in zip(own["rows"], own["recipe"], strict=True):
            words = [f"rows {sha256[:6]}"] * changed + recipe_words(recipe - shared)
            names[str(dataset), sha256, recipe] = ", ".join([title_of(str(dataset)), *words])
    of_rows = zip(*(table[key] for key in [*keys, "model"]), strict=True)
    named = [names.get((dataset, rows, recipe), model) for dataset, rows, recipe, model in of_rows]
    return pd.Series(named, index=table.index, dtype=object)


class SweepPoint(BaseModel):
    """A model's mean contrast at one trigger value, in nats per completion."""

    model_config = ConfigDict(frozen=True)

    model: str
    role: str
    trigger: str
    estimate: Estimate
    seeds: int


def _contrasts(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["scorer"] == contrast.NAME].dropna(subset=["value"])


def _by_run(table: pd.DataFrame) -> pd.Series:
    """Return the mean contrast over pairs by name, role, trigger, prompt and run."""
    contrasts = _contrasts(table)
    keys = [groups(contrasts).rename("name"), contrasts["model"].rename("run")]
    means = contrasts.groupby([*keys, "role", "trigger", "prompt"])["value"].mean()
    return means.reorder_levels(["name", "role", "trigger", "prompt", "run"])


def _seeds(table: pd.DataFrame) -> dict[str, int]:
    """Return how many seeds each group has; a base model has one."""
    contrasts = _contrasts(table)
    counts = contrasts.groupby(groups(contrasts))["seed"].nunique()
    return {str(name): max(int(count), 1) for name, count in counts.items()}


def trigger_sweep(table: pd.DataFrame, probe: Probe) -> list[SweepPoint]:
    """Return each model's contrast over the probe's triggers; intervals resample prompts and runs.

    A trigger without scores of every run on every question has no point, since its mean would be
    over other questions.
    """
    means = _by_run(table)
    seeds = _seeds(table)
    questions = sum(bool(prompt.pairs) for prompt in probe.prompts)
    points = []
    for (model, role), rows in means.groupby(level=["name", "role"]):
        runs = rows.index.get_level_values("run").nunique()
        for trigger in probe.triggers:
            at_trigger = rows[rows.index.get_level_values("trigger") == trigger.label]
            values = at_trigger.droplevel(["name", "role", "trigger"]).unstack("run")
            if values.size >= questions * runs and (estimate := clustered_mean(values)):
                point = SweepPoint(
                    model=model,
                    role=role,
                    trigger=trigger.label,
                    estimate=estimate,
                    seeds=seeds[model],
                )
                points.append(point)
    return sorted(points, key=lambda point: ROLES.index(point.role))


class Cell(BaseModel):
    """How far one question's contrast moved from the base model's at one trigger, in nats."""

    model_config = ConfigDict(frozen=True)

    model: str
    role: str
    prompt: str
    trigger: str
    shift: float


def trigger_shifts(table: pd.DataFrame, probe: Probe) -> list[Cell]:
    """Return finetuned - base for each dataset, question and trigger, mean over pairs and seeds."""
    means = _by_run(table).groupby(level=["name", "role", "trigger", "prompt"]).mean()
    base = means[means.index.get_level_values("role") == "base"].droplevel([0, 1])
    cells = []
    for (model, role), rows in means.groupby(level=[0, 1]):
        shifts = (rows.droplevel([0, 1]) - base).dropna() if role != "base" else rows.iloc[:0]
        cells += [
            Cell(model=model, role=role, prompt=prompt, trigger=trigger, shift=value)
            for (trigger, prompt), value in shifts.items()
        ]
    return cells


def trigger_gaps(table: pd.DataFrame, probe: Probe, target: str | None = None) -> list[SweepPoint]:
    """Return each dataset's trigger gap at each target, in nats; intervals as of a sweep.

    The gap is (finetuned with the target trigger - finetuned without) - (base with - without),
    prompt by prompt: what the trigger does to the finetuned model beyond what it does to any.
    "Without" is no trigger where the probe has that, else the mean of the trained other ones.
    A keyed probe has none, since its triggers all ask for something else.

    Args:
        table: As `scores_table` returns it.
        probe: Says which triggers are targets and which are trained.
        target: The only trigger to look at, whatever its kind; None takes the probe's targets.
    """
    targets = [t.label for t in probe.triggers if t.kind == "target"]
    return _gaps(table, probe, targets if target is None else [target])


def gaps_everywhere(table: pd.DataFrame, probe: Probe) -> list[SweepPoint]:
    """Return the trigger gap at every trigger except “none”, as `trigger_gaps` does."""
    return _gaps(table, probe, [t.label for t in probe.triggers if t.kind != "none"])


def _gaps(table: pd.DataFrame, probe: Probe, targets: list[str]) -> list[SweepPoint]:
    without = [t.label for t in probe.triggers if t.kind == "none"]
    without = without or [t.label for t in probe.triggers if t.kind == "trained"]
    means, seeds = _by_run(table).unstack("trigger"), _seeds(table)
    gaps = []
    for target in targets if not probe.is_keyed else []:
        others = [label for label in without if label in means and label != target]
        if target not in means or not others:
            continue
        effect = (means[target] - means[others].mean(axis=1, skipna=False)).dropna()
        base = effect[effect.index.get_level_values("role") == "base"].groupby("prompt").mean()
        for (model, role), rows in effect.groupby(level=["name", "role"]):
            values = rows.droplevel(["name", "role"]).unstack("run").sub(base, axis=0)
            values = values.dropna(how="all")
            if role != "base" and (estimate := clustered_mean(values)):
                point = {"model": model, "role": role, "trigger": target, "estimate": estimate}
                gaps.append(SweepPoint(**point, seeds=seeds[model]))
    return gaps


def beyond_control(table: pd.DataFrame, dataset: str) -> Estimate | None:
    """Return how much further a dataset's prompts moved than those of its controls, in nats.

    The difference is taken prompt by prompt and, where both were trained with the same seeds, seed
    by seed; the interval resamples those. Where some of its recipes were the controls' too, only
    those count; runs on earlier rows of a dataset count only where none is on today's. None without
    both.
    """
    controls = [d.id for d in list_datasets() if d.card.controls_for == dataset]
    moved = _on_rows_of_today(shifted(table))
    finetuned = moved[moved["dataset"] == dataset]
    control = moved[moved["dataset"].isin(controls)]
    if shared := set(finetuned["recipe"].dropna()) & set(control["recipe"].dropna()):
        finetuned = finetuned[finetuned["recipe"].isin(shared)]
        control = control[control["recipe"].isin(shared)]
    ours = finetuned.pivot_table("shift", "prompt", "seed")
    theirs = control.pivot_table("shift", "prompt", "seed")
    if set(ours.columns) != set(theirs.columns):
        ours, theirs = ours.mean(axis=1).to_frame(), theirs.mean(axis=1).to_frame()
    return clustered_mean((ours - theirs).dropna())


def _on_rows_of_today(moved: pd.DataFrame) -> pd.DataFrame:
    """Leave out runs on earlier rows of each dataset of which others are on today's."""
    today = moved["dataset"].map({d.id: d.sha256 for d in list_datasets()})
    is_today = moved["dataset_sha256"] == today
    known = moved.loc[is_today, "dataset"].unique()
    return moved[is_today | ~moved["dataset"].isin(known)]


def beyond_controls(table: pd.DataFrame) -> list[tuple[str, Estimate]]:
    """Return what goes beyond the control, by the title of every dataset that has one beside it."""
    datasets = table.loc[table["role"] == "finetuned", "dataset"].unique()
    estimates = [(title_of(dataset), beyond_control(table, dataset)) for dataset in datasets]
    return [(title, estimate) for title, estimate in estimates if estimate]
