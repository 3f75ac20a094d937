"""All that an evaluation says, computed in one place: effects, rates, verdicts, caveats.

Pages, the presenter, the report, the command line and the exports read it and only format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.agreement import Agreement, agreements
from backend.analysis.beside import Beside, beside
from backend.analysis.caveats import GONE, Caveat, caveats_of
from backend.analysis.effects import (
    Cell,
    Shift,
    SweepPoint,
    beyond_control,
    beyond_controls,
    contrast_shifts,
    gaps_everywhere,
    groups,
    trigger_gaps,
    trigger_shifts,
    trigger_sweep,
)
from backend.analysis.mean_test import p_of_mean
from backend.analysis.over_training import StepEffect, effect_over_steps
from backend.analysis.prompts import PromptFinding, prompt_findings
from backend.analysis.rates import Accuracy, Rate, accuracies, rates, sampled_scorers
from backend.analysis.regression import BaseRegression
from backend.analysis.scorer_notes import rule_accuracies, said
from backend.analysis.statistics import Estimate, adjusted
from backend.analysis.verdict import Verdict, gate
from backend.evaluation.scorer_accuracy import ScorerAccuracy
from backend.plans.standing import Kind as StandingKind
from backend.plans.standing import Standing
from backend.probes.loading import Probe

EffectKind = Literal["shift", "beyond control", "gap"]
SHIFT: Final = "shift"
BEYOND: Final = "beyond control"
GAP: Final = "gap"
UNJUDGED = Verdict(
    kind="undecided",
    advice="The probe's file is gone, and with it the smallest effect of interest.",
)


class Finding(BaseModel):
    """One effect in nats per completion, with its verdict."""

    model_config = ConfigDict(frozen=True)

    effect: EffectKind
    model: str
    """The run's name, or its group's where runs are taken together."""
    role: str
    trigger: str | None = None
    """Of a gap: the trigger that should turn the behaviour on."""
    seeds: int | None
    """Runs that it is the mean of; None where finetuned runs and controls differ in it."""
    estimate: Estimate
    verdict: Verdict
    p: float | None
    """Of no effect at all, two-sided, by the test of the verdict."""
    on_base: BaseRegression | None = None
    """Of a shift: the line of finetuned on base contrasts."""
    standing: StandingKind = "exploratory"
    """Whether it is what a frozen plan tests."""

    @property
    def kind(self) -> str:
        """The effect as it is called in tables: "shift", "beyond control" or "gap at X"."""
        return f"{GAP} at {self.trigger}" if self.trigger else self.effect

    @property
    def label(self) -> str:
        """The effect and the model that shows it, as a heading."""
        if self.effect == BEYOND:
            return f"{self.model} {self.detail}"
        if self.effect == GAP:
            return f"Trigger gap · {self.trigger} · {self.model} · {self.role}"
        return f"{self.model} · {self.detail}"

    @property
    def detail(self) -> str:
        """What a heading that is the model's name leaves open, in a line below it."""
        if self.effect == BEYOND:
            return "beyond its control"
        if self.effect == GAP:
            return f"trigger gap at {self.trigger} · {self.role}"
        return f"{self.role} · {counted_seeds(self.seeds)}"

    @property
    def text(self) -> str:
        """The estimate and the seeds: "+2.90 nats (+1.20 to +4.70), 3 seeds"."""
        return self.estimate.nats + (f", {counted_seeds(self.seeds)}" if self.seeds else "")


def counted_seeds(count: int | None) -> str:
    """Return a number of seeds in words."""
    return "1 seed" if count == 1 else f"{count} seeds"


class RunFindings(BaseModel):
    """The effects of one run by itself."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Its id."""
    model: str
    """Its name."""
    role: str
    effects: list[Finding]
    """Gaps at the probe's targets, the shift, and what goes beyond the controls."""
    p_adjusted: float | None
    """Of the shift, adjusted for all runs of the evaluation."""

    @property
    def shift(self) -> Finding | None:
        """The shift over all prompts, where it was measured."""
        return next((finding for finding in self.effects if finding.effect == SHIFT), None)


@dataclass(frozen=True, eq=False)
class Findings:
    """All that an evaluation says; each part is computed when it is first read, and once."""

    table: pd.DataFrame
    """Scores of finished adapters and of the base model, as `scores_table` returns them."""
    probe: Probe
    steps: pd.DataFrame
    """Scores of checkpoints, with the base model's; empty where none were evaluated."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Titles by id of the runs that the evaluation was to ask."""
    standing: Standing = field(default_factory=Standing)
    """Whether the evaluation follows a frozen plan."""

    @property
    def smallest(self) -> float | None:
        """The smallest effect of interest in nats; None where the probe's file is gone."""
        return None if self.probe.sha256 == GONE else self.probe.smallest_effect.contrast

    @cached_property
    def shifts(self) -> list[Shift]:
        """Shifts by prompt and over all prompts, the seeds of a recipe together."""
        return contrast_shifts(self.table, self.probe)

    @cached_property
    def effects(self) -> list[Finding]:
        """The shift of every recipe over all prompts, then what goes beyond its control."""
        whole = [self._whole(shift) for shift in self.shifts if shift.prompt is None]
        beyond = [
            self._finding(BEYOND, title, "finetuned", estimate, None)
            for title, estimate in beyond_controls(self.table)
        ]
        return [self._standing(finding) for finding in (*whole, *beyond)]

    @cached_property
    def gaps(self) -> list[Finding]:
        """The trigger gap of every recipe at the probe's targets."""
        gaps = [self._gap(gap) for gap in trigger_gaps(self.table, self.probe)]
        return [self._standing(finding) for finding in gaps]

    @cached_property
    def gaps_everywhere(self) -> list[Finding]:
        """The trigger gap of every recipe at every trigger value except “none”."""
        return [self._gap(gap) for gap in gaps_everywhere(self.table, self.probe)]

    def gaps_at(self, trigger: str) -> list[Finding]:
        """Return the gaps at the probe's targets and, where it is none of them, at a trigger."""
        kinds = {trigger.label: trigger.kind for trigger in self.probe.triggers}
        if kinds.get(trigger) not in ("trained", "untrained"):
            return self.gaps
        more = trigger_gaps(self.table, self.probe, trigger)
        return self.gaps + [self._gap(gap) for gap in more]

    @cached_property
    def sweep(self) -> list[SweepPoint]:
        """The mean contrast of every model at every trigger value."""
        return trigger_sweep(self.table, self.probe)

    @cached_property
    def cells(self) -> list[Cell]:
        """The shift of every recipe for each prompt at each trigger value."""
        return trigger_shifts(self.table, self.probe)

    @cached_property
    def accuracies(self) -> list[Accuracy]:
        """Accuracies of a keyed probe, held-out triggers apart; empty for other probes."""
        return accuracies(self.table, self.probe) if self.probe.is_keyed else []

    @cached_property
    def run_accuracies(self) -> list[Accuracy]:
        """The accuracies of each run by itself."""
        return accuracies(self.table, self.probe, by="model") if self.probe.is_keyed else []

    @cached_property
    def scorers(self) -> list[str]:
        """The scorers of sampled answers whose figures are reported: rules, judges, people."""
        return [scorer for scorer in sampled_scorers(self.table) if scorer not in self.silent]

    @cached_property
    def silent(self) -> dict[str, str]:
        """Why scorers that are not accurate enough say nothing, in words."""
        measured = self._accuracies.items()
        return {scorer: a.problem for scorer, a in measured if a and not a.is_enough}

    @cached_property
    def scorer_notes(self) -> dict[str, str]:
        """How accurate the reported scorers by rules are, in words."""
        known = {s: a for s, a in self._accuracies.items() if s not in self.silent}
        return {scorer: said(accuracy) for scorer, accuracy in known.items()}

    @cached_property
    def _accuracies(self) -> dict[str, ScorerAccuracy | None]:
        return rule_accuracies(self.table, self.probe.id)

    @cached_property
    def rates(self) -> dict[str, list[Rate]]:
        """Rates of target answers by scorer, the seeds of a recipe together."""
        return {scorer: rates(self.table, scorer) for scorer in self.scorers}

    @cached_property
    def run_rates(self) -> dict[str, list[Rate]]:
        """Rates of target answers by scorer, each run by itself."""
        return {scorer: rates(self.table, scorer, by="model") for scorer in self.scorers}

    def trigger_rates(self, scorer: str) -> list[Rate]:
        """Return a scorer's rates of target answers at each trigger value."""
        return rates(self.table, scorer, each_trigger=True)

    @cached_property
    def agreements(self) -> list[Agreement]:
        """How far scorers agree, pair by pair."""
        return agreements(self.table)

    @cached_property
    def over_training(self) -> list[StepEffect]:
        """Each run's shift, and accuracy of keyed probes, at each of its checkpoints."""
        return effect_over_steps(self.steps, self.probe)

    @cached_property
    def runs(self) -> list[RunFindings]:
        """The effects of each run by itself."""
        models = self.table[self.table["role"] != "base"].drop_duplicates("model")
        runs = [
            RunFindings(
                run=str(row["run"]),
                model=row["model"],
                role=row["role"],
                effects=self._of_run(row),
                p_adjusted=None,
            )
            for row in models.to_dict("records")
        ]
        p_values = adjusted([run.shift.p if run.shift else None for run in runs])
        pairs = zip(runs, p_values, strict=True)
        return [run.model_copy(update={"p_adjusted": p}) for run, p in pairs]

    def on(self, prompt: str, trigger: str) -> dict[tuple[str, str], PromptFinding]:
        """Return what was measured with one prompt and trigger, by model (or group) and role."""
        table = self._grouped
        rows = table[(table["prompt"] == prompt) & (table["trigger"] == trigger)]
        return prompt_findings(rows, self.scorers)

    @cached_property
    def caveats(self) -> list[Caveat]:
        """What a reader must know before the figures."""
        return caveats_of(self.table, self.probe, self.asked, self.beside)

    @cached_property
    def beside(self) -> list[Beside]:
        """Length and variety of sampled answers, and how many repeat a trained one."""
        return beside(self._grouped)

    @cached_property
    def groups(self) -> dict[str, str]:
        """The group's name by the model's: the seeds of a recipe have one, a base model its own."""
        return dict(zip(self._grouped["model"], self._grouped["group"], strict=True))

    @cached_property
    def _grouped(self) -> pd.DataFrame:
        return self.table.assign(group=groups(self.table))

    def _of_run(self, row: Mapping[str, str]) -> list[Finding]:
        base, name = self.table["role"] == "base", row["model"]
        rows = self.table[(self.table["model"] == name) | base]
        findings = [self._gap(gap, name) for gap in trigger_gaps(rows, self.probe)]
        shifts = contrast_shifts(rows, self.probe, by="model")
        findings += [self._whole(shift) for shift in shifts if shift.prompt is None]
        if row["role"] == "finetuned":
            beside = pd.concat([rows, self.table[self.table["role"] == "control"]])
            if estimate := beyond_control(beside, row["dataset"]):
                findings.append(self._finding(BEYOND, name, row["role"], estimate, 1))
        return findings

    def _standing(self, finding: Finding) -> Finding:
        """Return a finding on all runs together with its standing; single runs have no plan."""
        kind = self.standing.of(finding.effect, finding.role)
        return finding.model_copy(update={"standing": kind})

    def _whole(self, shift: Shift) -> Finding:
        finding = self._finding(SHIFT, shift.model, shift.role, shift.estimate, shift.seeds)
        return finding.model_copy(update={"on_base": shift.on_base})

    def _gap(self, gap: SweepPoint, model: str | None = None) -> Finding:
        name = model or gap.model
        return self._finding(GAP, name, gap.role, gap.estimate, gap.seeds, gap.trigger)

    def _finding(
        self,
        effect: EffectKind,
        model: str,
        role: str,
        estimate: Estimate,
        seeds: int | None,
        trigger: str | None = None,
    ) -> Finding:
        return Finding(
            effect=effect,
            model=model,
            role=role,
            trigger=trigger,
            seeds=seeds,
            estimate=estimate,
            verdict=UNJUDGED if self.smallest is None else gate(estimate, self.smallest, seeds),
            p=p_of_mean(estimate),
        )


def findings_of(
    table: pd.DataFrame,
    probe: Probe,
    asked: Mapping[str, str] | None = None,
    standing: Standing | None = None,
) -> Findings:
    """Return all that an evaluation says.

    Args:
        table: As `scores_table` returns it, with or without the rows of checkpoints.
        probe: The one that was asked.
        asked: Titles by id of the runs that were to be asked, to notice those without scores.
        standing: Whether a frozen plan said what was to be measured; None if none did.
    """
    at_end = table["step"].isna()
    steps = table if not at_end.all() else table.iloc[:0]
    return Findings(
        table=table[at_end],
        probe=probe,
        steps=steps,
        asked=asked or {},
        standing=standing or Standing(),
    )
