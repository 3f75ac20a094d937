"""Whether an evaluation is confirmatory: it is what a frozen plan says, in every field.

This is the only place that decides it. Pages, exports and the command line show what it returns.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.plans.drafts import FrozenPlan, frozen, run_of
from backend.probes.loading import load_probe
from models.configs import PlanConfig, PlannedEffect, Recipe, RunConfig
from models.tables import Evaluation, Job, JobKind, JobState, Plan, Run

Kind = Literal["confirmatory", "exploratory"]
UNPLANNED = "no plan was frozen for it"
NAMED: dict[PlannedEffect, str] = {
    "beyond control": "the effect beyond the control",
    "shift": "the shift",
    "gap beyond control": "the trigger gap beyond the control's",
    "gap": "the trigger gap",
}


class Standing(BaseModel):
    """Whether an evaluation was planned, and if not, why not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = "exploratory"
    reasons: list[str] = [UNPLANNED]
    """Why it is not confirmatory; empty if it is."""
    plan: FrozenPlan | None = None
    """The plan that it follows, or the one that it comes nearest to."""

    def of(self, effect: str, role: str = "finetuned") -> Kind:
        """Return the standing of one of the evaluation's effects.

        Only the planned effect of the planned dataset is confirmatory; what else the same scores
        say was not planned.

        Args:
            effect: "shift", "beyond control", "gap" or "gap beyond control", of all planned runs
                together.
            role: Of the models that show it.
        """
        planned = self.plan is not None and effect == self.plan.plan.effect
        return self.kind if planned and role == "finetuned" else "exploratory"

    def of_run(self, effect: str, role: str) -> str:
        """Return the standing of one run's effect, which is a part of what a plan tests.

        Args:
            effect: As for `of`.
            role: The run's.
        """
        kind = self.of(effect, role)
        alone = self.plan is None or len(self.plan.plan.seeds) == 1
        return kind if alone or kind == "exploratory" else "part of a confirmatory test"

    @property
    def text(self) -> str:
        """The standing in one sentence."""
        if self.plan is None:
            return f"Exploratory: {'; '.join(self.reasons)}."
        title, effect = self.plan.plan.title, NAMED[self.plan.plan.effect]
        if self.kind == "exploratory":
            return f"Exploratory: not as planned in “{title}”: {'; '.join(self.reasons)}."
        return (
            f"Confirmatory for one effect, {effect} of all planned runs together, by the plan "
            f"“{title}”, frozen {self.plan.frozen_at[:16].replace('T', ' ')} UTC, SHA-256 "
            f"{self.plan.sha256[:12]}. All other figures of this evaluation are exploratory."
        )


def columns_of(standing: Standing) -> dict[str, str]:
    """Return what tables of scores say of an evaluation's standing, by column."""
    effect = standing.plan.plan.effect if standing.plan else ""
    planned = standing.kind == "confirmatory"
    return {
        "standing": f"confirmatory for: {effect}" if planned else standing.kind,
        "plan_sha256": standing.plan.sha256 if standing.plan and planned else "",
    }


def standing_of(job: Job) -> Standing:
    """Return whether an evaluation follows a frozen plan."""
    with session() as db:
        plans = db.exec(
            select(Plan).where(col(Plan.frozen_at).is_not(None)).order_by(col(Plan.created_at))
        ).all()
        of_probe = [p for p in map(frozen, plans) if p.plan.probe == job.evaluation.probe]
        judged = [
            Standing(kind="exploratory" if reasons else "confirmatory", reasons=reasons, plan=plan)
            for plan in of_probe
            for reasons in [_differences(db, job, plan)]
        ]
    return min(judged, key=lambda standing: len(standing.reasons), default=Standing())


def _differences(db: Session, job: Job, frozen_plan: FrozenPlan) -> list[str]:
    """Return in what an evaluation differs from a plan; nothing if it follows it."""
    plan, config = frozen_plan.plan, job.evaluation
    runs = [run for run_id in config.run_ids if (run := db.get(Run, run_id))]
    asked = db.exec(select(Evaluation).where(Evaluation.job_id == job.id)).all()
    reasons = [] if frozen_plan.is_intact else ["the plan was changed after it was frozen"]
    if job.created_at <= frozen_plan.time:
        reasons.append("it began before the plan was frozen")
    if job.state != JobState.DONE:
        reasons.append("it has not finished")
    if config.base_model != plan.base_model:
        reasons.append(f"its base model is {config.base_model}")
    if config.prompts is not None or config.triggers is not None:
        reasons.append("it does not ask the whole probe")
    if config.samples_per_prompt != plan.samples_per_prompt:
        reasons.append(f"it draws {config.samples_per_prompt} samples per question")
    if {each.probe_sha256 for each in asked} - {plan.probe_sha256}:
        reasons.append("it asked another version of the probe")
    reasons += _changed_files(plan)
    reasons += _differing_runs(plan, runs)
    if plan.begins_after_freezing == "training and evaluation" and any(
        run.created_at <= frozen_plan.time for run in runs
    ):
        reasons.append("a run was launched before the plan was frozen")
    return reasons + _other_evaluations(db, job, frozen_plan, runs)


def _changed_files(plan: PlanConfig) -> list[str]:
    """Return which files that a plan names are others today."""
    reasons = []
    try:
        probe = load_probe(plan.probe)
        if probe.smallest_effect.contrast != plan.smallest_effect:
            reasons.append("the smallest effect of interest has changed since")
        if probe.sha256 != plan.probe_sha256:
            reasons.append("the probe's file has changed since")
    except UserError:
        reasons.append("the probe's file is gone")
    for name, sha256 in plan.datasets_sha256.items():
        try:
            if load_dataset(name).sha256 != sha256:
                reasons.append(f"the rows of {name} have changed since")
        except UserError:
            reasons.append(f"the dataset {name} is gone")
    return reasons


def _differing_runs(plan: PlanConfig, runs: Iterable[Run]) -> list[str]:
    """Return in what the runs of an evaluation differ from the planned ones."""
    reasons: dict[str, None] = {}
    present = []
    recipe = run_of(plan, plan.dataset, plan.seeds[0]).recipe
    for run in runs:
        present.append((run.dataset, run.config.get("seed")))
        if run.dataset_sha256 != plan.datasets_sha256.get(run.dataset, run.dataset_sha256):
            reasons[f"a run was trained on other rows of {run.dataset}"] = None
        if names := sorted(name for name, _ in trained_recipe(run) - recipe):
            reasons[f"a run has another {', '.join(n.replace('_', ' ') for n in names)}"] = None
    planned = [(name, seed) for name in (plan.dataset, *plan.controls) for seed in plan.seeds]
    for name, seed in planned:
        if (name, seed) not in present:
            reasons[f"{name} with seed {seed} is missing"] = None
    if sorted(present, key=str) != sorted(planned, key=str) and not (set(planned) - set(present)):
        reasons["it has runs that were not planned"] = None
    return list(reasons)


def trained_recipe(run: Run) -> Recipe:
    """Return a run's recipe, with the precision that "auto" has chosen once it is trained."""
    config = RunConfig(**run.config)
    chosen = (run.summary or {}).get("precision")
    if config.precision == "auto" and chosen in ("float32", "bfloat16"):
        config = config.model_copy(update={"precision": chosen})
    return config.recipe


def _other_evaluations(db: Session, job: Job, plan: FrozenPlan, runs: list[Run]) -> list[str]:
    """Return whether the data were seen before: by an earlier evaluation, or by the planned one."""
    reasons = []
    others = db.exec(
        select(Job, Evaluation)
        .join(Evaluation, col(Evaluation.job_id) == col(Job.id))
        .where(Evaluation.probe == plan.plan.probe, col(Job.id) != job.id)
        .where(col(Evaluation.run_id).in_([run.id for run in runs]))
        .where(col(Job.created_at) < job.created_at)
    ).all()
    if any(other.created_at <= plan.time for other, _ in others):
        reasons.append("a run was asked this probe before the plan was frozen")
    wanted = set(job.evaluation.run_ids)
    done = select(Job).where(Job.kind == JobKind.EVALUATE, Job.state == JobState.DONE)
    for other in db.exec(done.where(col(Job.created_at) < job.created_at)):
        config = other.evaluation
        same = config.probe == plan.plan.probe and len(config.run_ids) == len(wanted)
        if same and other.created_at > plan.time and _covers(db, config.run_ids, plan.plan):
            reasons.append(f"the plan was carried out before, by evaluation {other.id}")
            break
    return reasons


def _covers(db: Session, run_ids: Iterable[str], plan: PlanConfig) -> bool:
    """Whether runs are all that a plan names."""
    return not _differing_runs(plan, [run for key in run_ids if (run := db.get(Run, key))])
