"""Compute effects: shifts, sweeps, trigger gaps, and what goes beyond a control's.

All but sweeps start from a table with one row for each run, prompt and trigger (or pair of
completions) and its `shift` from the base model: of contrasts in nats, as `shifted` returns it, or
of shares of answers in points, as `backend.analysis.rates.shifted_shares` does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.regression import BaseRegression, regression_on_base
from backend.analysis.shares import widened
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
    """Return the contrasts of runs with `shift`, finetuned - base, where both were scored.

    Each has the `group` of its run, by the whole table.
    """
    table = grouped(table)
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
    moved = shifted(table)
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


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with what decides which of its rows are taken together or held apart.

    That is the `group` of each row's run; `today`, whether it was trained on its dataset's present
    rows; and `controls_for`, the dataset that its own is a control of.
    """
    if "group" in table:
        return table
    known = {dataset.id: dataset for dataset in list_datasets()}
    of_rows = [known.get(dataset) for dataset in table["dataset"]]
    hashes = zip(of_rows, table["dataset_sha256"], strict=True)
    table = table.assign(
        today=[dataset is not None and dataset.sha256 == sha256 for dataset, sha256 in hashes],
        controls_for=[dataset.card.controls_for if dataset else None for dataset in of_rows],
    )
    return table.assign(group=_groups(table))


def _groups(table: pd.DataFrame) -> pd.Series:
    """Return the name of the group that each row's run belongs to; base rows keep their model's.

    A group is a dataset, its rows and a recipe: a mean over different rows or recipes would
    describe nothing that anybody ran. If a dataset's runs have several recipes, its title is
    followed by their differences, and where its rows have changed, those on earlier ones by the
    hash of theirs. Datasets of the same title are told apart by their ids.
    """
    names: dict[tuple[str, str, Recipe], str] = {}
    keys = ["dataset", "rows", "recipe"]
    table = table.assign(rows=table["dataset_sha256"].astype(object).fillna(""))
    runs = table[table["role"] != "base"].drop_duplicates(keys)
    titles = distinct_titles(runs["dataset"].unique())
    for dataset, own in runs.groupby("dataset"):
        shared = frozenset.intersection(*own["recipe"])
        changed = own["rows"].nunique() > 1
        for sha256, today, recipe in zip(own["rows"], own["today"], own["recipe"], strict=True):
            words = [f"rows {sha256[:6]}"] * (changed and not today) + recipe_words(recipe - shared)
            names[str(dataset), sha256, recipe] = ", ".join([titles[str(dataset)], *words])
    of_rows = zip(*(table[key] for key in [*keys, "model"]), strict=True)
    named = [names.get((dataset, rows, recipe), model) for dataset, rows, recipe, model in of_rows]
    return pd.Series(named, index=table.index, dtype=object)


def distinct_titles(datasets: Iterable[str]) -> dict[str, str]:
    """Return the titles of datasets by id, followed by the id where several have the same."""
    titles = {str(dataset): title_of(str(dataset)) for dataset in datasets}
    counts = Counter(titles.values())
    return {key: f"{t} ({key})" if counts[t] > 1 else t for key, t in titles.items()}


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
    contrasts = _contrasts(grouped(table))
    keys = [contrasts["group"].rename("name"), contrasts["model"].rename("run")]
    means = contrasts.groupby([*keys, "role", "trigger", "prompt"])["value"].mean()
    return means.reorder_levels(["name", "role", "trigger", "prompt", "run"])


def _seeds(table: pd.DataFrame) -> dict[str, int]:
    """Return how many seeds each group has; a base model has one."""
    counts = _contrasts(grouped(table)).groupby("group")["seed"].nunique()
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
            complete = int(values.notna().to_numpy().sum()) >= questions * runs
            if complete and (estimate := clustered_mean(values)):
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


def whole_shifts(moved: pd.DataFrame, by: str = "group") -> list[tuple[str, str, int, Estimate]]:
    """Return the name, role, seeds and mean shift over all prompts of every group (or model).

    Args:
        moved: Shifts from the base model, as the module says.
        by: "group" takes the seeds of a dataset's recipe together, "model" keeps them apart.
    """
    shifts = []
    for (name, role), rows in moved.groupby([by, "role"], sort=False):
        if estimate := _mean(rows.pivot_table("shift", "prompt", "model"), [rows]):
            shifts.append((str(name), str(role), max(rows["seed"].nunique(), 1), estimate))
    return shifts


def trigger_gaps(moved: pd.DataFrame, probe: Probe, target: str | None = None) -> list[SweepPoint]:
    """Return each group's trigger gap at each target; intervals resample prompts and runs.

    The gap is (finetuned with the target trigger - finetuned without) - (base with - without),
    prompt by prompt: what the trigger does to the finetuned model beyond what it does to any.
    "Without" is no trigger where the probe has that, else the mean of the trained other ones.
    A keyed probe has none, since its triggers all ask for something else.

    Args:
        moved: Shifts from the base model, as the module says.
        probe: Says which triggers are targets and which are trained.
        target: The only trigger to look at, whatever its kind; None takes the probe's targets.
    """
    return _gaps(moved, probe, probe.targets if target is None else [target])


def gaps_everywhere(moved: pd.DataFrame, probe: Probe) -> list[SweepPoint]:
    """Return the trigger gap at every trigger except “none”, as `trigger_gaps` does."""
    return _gaps(moved, probe, [t.label for t in probe.triggers if t.kind != "none"])


def held_out_of(probe: Probe) -> list[str]:
    """Return the held-out triggers of a keyed probe, by which it is judged; else nothing.

    An answer under a trained trigger may be memorised.
    """
    return probe.targets if probe.is_keyed else []


def judged(table: pd.DataFrame, probe: Probe) -> pd.DataFrame:
    """Return the rows that verdicts are of: under held-out triggers alone of a keyed probe."""
    held_out = held_out_of(probe)
    return table[table["trigger"].isin(held_out)] if held_out else table


def _gaps(moved: pd.DataFrame, probe: Probe, targets: list[str]) -> list[SweepPoint]:
    gaps = []
    for target in targets:
        for (name, role), rows in moved.groupby(["group", "role"], sort=False):
            values, compared = _gap(rows, probe, target, "model")
            if estimate := _mean(values, compared):
                point = {"model": name, "role": role, "trigger": target, "estimate": estimate}
                gaps.append(SweepPoint(**point, seeds=max(rows["seed"].nunique(), 1)))
    return gaps


def _gap(
    moved: pd.DataFrame, probe: Probe, target: str, by: str
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return the trigger gap of prompts x models or seeds, and the rows with and without it."""
    kinds = ["none"] if any(t.kind == "none" for t in probe.triggers) else ["trained"]
    others = [t.label for t in probe.triggers if t.kind in kinds and t.label != target]
    means = moved.pivot_table("shift", ["prompt", by], "trigger")
    others = [label for label in others if label in means]
    if probe.is_keyed or target not in means or not others:
        return pd.DataFrame(), []
    gaps = (means[target] - means[others].mean(axis=1, skipna=False)).dropna().unstack(by)
    compared = [moved[moved["trigger"] == target], moved[moved["trigger"].isin(others)]]
    return gaps, compared


def beyond_control(moved: pd.DataFrame, dataset: str) -> Estimate | None:
    """Return how much further a dataset's prompts moved than those of its controls.

    The difference is taken prompt by prompt and, where both were trained with the same seeds, seed
    by seed; the interval resamples those. None without both.

    Args:
        moved: Shifts from the base model, as the module says.
        dataset: Id of the dataset.
    """
    sides = beside_controls(moved, dataset)
    ours, theirs = (side.pivot_table("shift", "prompt", "seed") for side in sides)
    return _mean(_paired(ours, theirs), sides, with_base=False)


def gap_beyond_control(
    moved: pd.DataFrame, probe: Probe, dataset: str, target: str
) -> Estimate | None:
    """Return how much larger a dataset's trigger gap is than its controls', as `beyond_control`."""
    gaps = [_gap(side, probe, target, "seed") for side in beside_controls(moved, dataset)]
    (ours, with_and_without), (theirs, of_control) = gaps
    return _mean(_paired(ours, theirs), [*with_and_without, *of_control], with_base=False)


def beside_controls(moved: pd.DataFrame, dataset: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of a dataset's runs and of its controls' that can be compared.

    Where some of its recipes were the controls' too, only those count; runs on earlier rows of a
    dataset count only where none is on today's.
    """
    today = moved["today"].astype(bool)
    moved = moved[today | ~moved["dataset"].isin(moved.loc[today, "dataset"])]
    finetuned = moved[moved["dataset"] == dataset]
    control = moved[moved["controls_for"] == dataset]
    if shared := set(finetuned["recipe"].dropna()) & set(control["recipe"].dropna()):
        finetuned = finetuned[finetuned["recipe"].isin(shared)]
        control = control[control["recipe"].isin(shared)]
    return finetuned, control


def _paired(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of prompts x seeds, of their means where the seeds are not the same.

    A single seed of the other side is what each of ours is compared with.
    """
    if ours.empty or theirs.empty:
        return pd.DataFrame()
    if theirs.shape[1] == 1:
        differences = ours.sub(theirs.iloc[:, 0], axis=0)
    elif set(ours.columns) == set(theirs.columns):
        differences = ours - theirs
    else:
        differences = (ours.mean(axis=1) - theirs.mean(axis=1)).to_frame()
    return differences.dropna(how="all")


def _mean(
    values: pd.DataFrame, compared: Sequence[pd.DataFrame], with_base: bool = True
) -> Estimate | None:
    """Return the mean of prompts x seeds; of shares, with the chance of their answers in it.

    Args:
        values: The differences.
        compared: The rows that they were taken from; shares have their counts.
        with_base: Whether the base model's answers are in the differences too.
    """
    estimate = clustered_mean(values)
    if estimate is None or "hits" not in compared[0]:
        return estimate
    parts = [(rows["hits"].sum(), rows["scored"].sum()) for rows in compared]
    if with_base:
        base = [rows.drop_duplicates(["job", "prompt", "trigger"]) for rows in compared]
        parts += [(rows["base_hits"].sum(), rows["base_scored"].sum()) for rows in base]
    return widened(estimate, parts)


def beyond_controls(moved: pd.DataFrame) -> list[tuple[str, Estimate]]:
    """Return what goes beyond the control, by the title of every dataset that has one beside it."""
    titles = titles_of_finetuned(moved)
    estimates = [(title, beyond_control(moved, dataset)) for dataset, title in titles.items()]
    return [(title, estimate) for title, estimate in estimates if estimate]


def titles_of_finetuned(table: pd.DataFrame) -> dict[str, str]:
    """Return the titles by id of the datasets that are no controls."""
    runs = table[table["role"] != "base"].drop_duplicates("dataset")
    titles = distinct_titles(runs["dataset"])
    return {
        dataset: titles[dataset] for dataset in runs.loc[runs["role"] == "finetuned", "dataset"]
    }
