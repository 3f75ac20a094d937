"""Draft a plan, and freeze it: from then on its hash and time show what was said before the data.

A plan is stored in the database and exported as one JSON file. Its hash shows that it is unchanged,
not when it was frozen: only an outside time stamp of the hash proves that to others.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import col, select

from backend.base_models.cards import get_card
from backend.config import DATA
from backend.datasets.loading import list_datasets, load_dataset
from backend.db import session
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.files import first_problem, read_yaml
from backend.probes.loading import Probe, load_probe
from backend.runs.checks import run_config
from models.configs import (
    NOT_OF_RECIPE,
    PlanConfig,
    PlanDraft,
    PlannedEffect,
    PlannedWork,
    RunConfig,
)
from models.tables import Plan, now

MOST_BYTES = 2**20
ALL_AFTER: PlannedWork = "training and evaluation"
ESTIMANDS: dict[PlannedEffect, str] = {
    "beyond control": "The mean over questions of how much further the contrasts of runs on the "
    "dataset moved from the base model's than those of runs on its controls, in nats.",
    "shift": "The mean over questions of how far the contrasts of runs on the dataset moved from "
    "the base model's, in nats.",
    "gap beyond control": "The mean over questions of how much greater the trigger gap of runs on "
    "the dataset is than that of runs on its controls, at each target trigger, in nats.",
    "gap": "The mean over questions of the trigger gap of runs on the dataset at each target "
    "trigger, in nats.",
}
"""What each effect is, in words."""


class FrozenPlan(BaseModel):
    """A frozen plan as its file holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["weird generalization plan"] = "weird generalization plan"
    version: Literal[1] = 1
    plan: PlanConfig
    frozen_at: str
    """In UTC, as ISO 8601."""
    sha256: str

    @property
    def is_intact(self) -> bool:
        """Whether neither the plan nor its time was changed after it was frozen."""
        return self.sha256 == hash_of(self.plan, self.frozen_at)

    @property
    def time(self) -> datetime:
        """When it was frozen."""
        return datetime.fromisoformat(self.frozen_at)


def hash_of(plan: PlanConfig, frozen_at: str) -> str:
    """Return the SHA-256 of a plan and its time as canonical JSON.

    Canonical: UTF-8, keys sorted, no spaces, so that any tool can compute it again.
    """
    return hashlib.sha256(
        canonical({"frozen_at": frozen_at, "plan": plan.model_dump()})
    ).hexdigest()


def canonical(value: Any) -> bytes:
    """Return a value as JSON with sorted keys and no spaces."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def plan_config(draft: PlanDraft) -> PlanConfig:
    """Return a draft with all fields of its recipe and the hashes of its files as they are now.

    Raises:
        UserError: something that it names does not exist or does not fit.
    """
    probe = load_probe(draft.probe)
    get_card(draft.base_model)
    _check(draft, probe)
    rows = {name: load_dataset(name).sha256 for name in (draft.dataset, *draft.controls)}
    recipe = run_of(draft, draft.dataset, draft.seeds[0]).model_dump(exclude=NOT_OF_RECIPE)
    values = draft.model_dump(include=set(PlanDraft.model_fields)) | {"recipe": recipe}
    return PlanConfig(**values, probe_sha256=probe.sha256, datasets_sha256=rows)


def _check(draft: PlanDraft, probe: Probe) -> None:
    if not any(prompt.pairs for prompt in probe.prompts):
        raise UserError(f"{probe.title} has no contrasts, which the planned test reads.")
    if draft.smallest_effect != probe.smallest_effect.contrast:
        raise UserError(
            f"The smallest effect of interest is fixed in the probe's file: "
            f"{probe.smallest_effect.contrast:g} nats. Plan that, or change the probe first."
        )
    if draft.effect in ("beyond control", "gap beyond control") and not draft.controls:
        raise UserError("An effect beyond the control needs a control; name at least one.")
    if draft.effect in ("gap", "gap beyond control") and not probe.targets:
        raise UserError(f"{probe.title} has no trigger that should turn the behaviour on.")
    if len(set(draft.seeds)) < len(draft.seeds):
        raise UserError("A seed is named twice; name each one once.")
    for name in draft.controls:
        if load_dataset(name).card.controls_for != draft.dataset:
            raise UserError(f"{name} is no control for {draft.dataset}.")


def run_of(plan: PlanDraft, dataset: str, seed: int) -> RunConfig:
    """Return the configuration of one planned run; UserError if a field of the recipe is wrong."""
    names = {"dataset": dataset, "base_model": plan.base_model, "seed": seed}
    return run_config(**plan.recipe | names)


def runs_of(plan: PlanDraft) -> list[RunConfig]:
    """Return the configurations of all planned runs, those of the controls last."""
    names = (plan.dataset, *plan.controls)
    return [run_of(plan, dataset, seed) for dataset in names for seed in plan.seeds]


def read_draft(path: Path) -> PlanDraft:
    """Read a draft from a YAML file, or from a shipped one by its name.

    Raises:
        UserError: there is no such file, or it is not a draft; the message says why.
    """
    shipped = DATA / "plans" / f"{path}.yaml"
    file = shipped if shipped.parent == DATA / "plans" and shipped.is_file() else path
    if not file.is_file():
        raise NotFoundError(f"There is no plan file {path}.")
    draft: PlanDraft = read_yaml(file, PlanDraft)
    return draft


def proposal(dataset: str, probe: str | None, **fields: Any) -> PlanDraft:
    """Return a draft for a dataset and a probe, with what they suggest where nothing is given.

    Raises:
        UserError: the dataset or the probe does not exist, or a field is not valid.
    """
    card = load_dataset(dataset).card
    if probe is None:
        raise UserError(f"{card.title} has no probe of its own; name one.")
    asked = load_probe(probe)
    controls = [each.id for each in list_datasets() if each.card.controls_for == dataset]
    controls = fields.get("controls", controls)
    seeds = fields.get("seeds", [1, 2, 3])
    effect = _strictest(asked, has_control=bool(controls))
    suggested = {
        "title": f"{card.title} by {asked.title}",
        "estimand": ESTIMANDS[fields.get("effect", effect)],
        "effect": effect,
        "controls": controls,
        "seeds": seeds,
        "smallest_effect": asked.smallest_effect.contrast,
        "stop_rule": f"{len(seeds)} seeds of each dataset, no more, evaluated once.",
    }
    return plan_draft(**suggested | fields | {"dataset": dataset, "probe": probe})


def _strictest(probe: Probe, has_control: bool) -> PlannedEffect:
    """Return the effect that rules out most of what a probe can show."""
    if probe.targets and not probe.is_keyed:
        return "gap beyond control" if has_control else "gap"
    return "beyond control" if has_control else "shift"


def plan_draft(**fields: Any) -> PlanDraft:
    """Return a draft; UserError names the first field that is not valid."""
    try:
        return PlanDraft(**fields)
    except ValidationError as error:
        raise UserError(f"{first_problem(error)}.") from error


def create(draft: PlanDraft) -> Plan:
    """Store a draft with the hashes of what it names.

    Raises:
        UserError: something that it names does not exist or does not fit.
    """
    plan = Plan(config=plan_config(draft).model_dump())
    with session() as db:
        db.add(plan)
    return plan


def freeze(plan_id: str) -> FrozenPlan:
    """Freeze a draft.

    Raises:
        UserError: it is frozen already, or a file that it names has changed since it was drafted.
    """
    plan = get_plan(plan_id)
    config = PlanConfig(**plan.config)
    if plan_config(config) != config:
        raise UserError("A file that this plan names has changed since; draft the plan again.")
    with session() as db:
        stored = db.get_one(Plan, plan.id)
        if stored.frozen_at is not None:
            raise UserError("This plan is frozen already, and a frozen plan never changes.")
        stored.frozen_at = now()
        stored.sha256 = hash_of(config, stored.frozen_at.isoformat())
    return frozen(stored)


def delete(plan_id: str) -> None:
    """Delete a draft; UserError if it is frozen, since plans that failed must stay visible."""
    with session() as db:
        plan = db.get(Plan, plan_id)
        if plan and plan.frozen_at:
            raise UserError("A frozen plan can't be deleted: it says what was planned.")
        if plan:
            db.delete(plan)


def get_plan(plan_id: str) -> Plan:
    """Return a plan; NotFoundError if there is none with that id."""
    with session() as db:
        plan = db.get(Plan, plan_id)
    if plan is None:
        raise NotFoundError(f'There is no plan "{plan_id}".')
    return plan


def list_plans() -> list[Plan]:
    """Return all plans, the newest first."""
    with session() as db:
        return list(db.exec(select(Plan).order_by(col(Plan.created_at).desc())))


def plans_of(probe: Probe) -> int:
    """Return how many frozen plans name a probe with the hash that its file has now."""
    frozen_ones = [PlanConfig(**plan.config) for plan in list_plans() if plan.frozen_at]
    return sum((p.probe, p.probe_sha256) == (probe.id, probe.sha256) for p in frozen_ones)


def frozen(plan: Plan) -> FrozenPlan:
    """Return a plan as it was frozen; UserError if it is a draft."""
    if plan.frozen_at is None or plan.sha256 is None:
        raise UserError("This plan is a draft; freeze it first.")
    return FrozenPlan(
        plan=PlanConfig(**plan.config), frozen_at=plan.frozen_at.isoformat(), sha256=plan.sha256
    )


def dump(plan: FrozenPlan) -> bytes:
    """Return a frozen plan as the bytes of its file."""
    return json.dumps(plan.model_dump(), indent=1, ensure_ascii=False, allow_nan=False).encode()


def load(content: bytes) -> FrozenPlan:
    """Read a plan's file.

    Raises:
        InvalidDataError: it is no plan, or was changed after it was frozen.
    """
    if len(content) > MOST_BYTES:
        raise InvalidDataError("A plan's file may have at most 1 MiB.")
    try:
        plan = FrozenPlan.model_validate_json(content)
        datetime.fromisoformat(plan.frozen_at).astimezone(UTC)
    except ValueError as error:
        raise InvalidDataError("This file is not a plan of this lab.") from error
    if not plan.is_intact:
        raise InvalidDataError("This plan was changed after it was frozen.")
    return plan
