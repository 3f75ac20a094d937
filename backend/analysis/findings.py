"""All that an evaluation says, computed in one place: effects, rates, verdicts, caveats.

Pages, the presenter, the report, the command line and the exports read it and only format.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.agreement import Agreement, agreements
from backend.analysis.beside import Beside, Retained, beside
from backend.analysis.caveats import GONE, Caveat, caveats_of
from backend.analysis.effects import (
    Cell,
    Shift,
    SweepPoint,
    beyond_control,
    beyond_controls,
    contrast_shifts,
    gap_beyond_control,
    gaps_everywhere,
    grouped,
    held_out_of,
    judged,
    shifted,
    titles_of_finetuned,
    trigger_gaps,
    trigger_shifts,
    trigger_sweep,
    whole_shifts,
)
from backend.analysis.finding import (
    BEYOND,
    GAP,
    GAP_BEYOND,
    SHIFT,
    EffectKind,
    Finding,
    headline,
)
from backend.analysis.mean_test import p_of_mean
from backend.analysis.over_training import StepEffect, effect_over_steps
from backend.analysis.pairs import pairs_behind
from backend.analysis.prompts import PromptFinding, prompt_findings
from backend.analysis.rates import (
    KINDS,
    Accuracy,
    Rate,
    accuracies,
    rates,
    sampled_scorers,
    share_unscored,
    shifted_shares,
)
from backend.analysis.scorer_notes import rule_accuracies, said
from backend.analysis.shares import POINTS
from backend.analysis.statistics import Estimate, adjusted
from backend.analysis.verdict import Verdict, gate
from backend.evaluation.scorer_accuracy import ScorerAccuracy
from backend.evaluation.scorers import contrast
from backend.plans.standing import Standing
from backend.probes.loading import Probe

UNJUDGED = Verdict(
    kind="undecided",
    advice="The probe's file is gone, and with it the smallest effect of interest.",
)


class RunFindings(BaseModel):
    """The effects of one run by itself."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Its id."""
    model: str
    """Its name."""
    role: str
    effects: list[Finding]
    """On contrasts: gaps at the probe's targets, the shift, and what goes beyond the controls."""
    answers: list[Finding]
    """The same on answers, scorer by scorer."""

    @property
    def shift(self) -> Finding | None:
        """The shift of contrasts over all prompts, where it was measured."""
        return next((finding for finding in self.effects if finding.effect == SHIFT), None)

    @property
    def headline(self) -> list[Finding]:
        """The effects by which the run is judged."""
        return headline([*self.effects, *self.answers])


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
    retain: Callable[[], Sequence[Retained]] = tuple
    """Reads what `retained` tells; from other evaluations, too, which takes time."""

    @property
    def smallest(self) -> float | None:
        """The smallest effect of interest in nats; None where the probe's file is gone."""
        return None if self.probe.sha256 == GONE else self.probe.smallest_effect.contrast

    @property
    def smallest_of_answers(self) -> float | None:
        """The smallest difference of shares of interest in points; None as for contrasts."""
        gone = self.probe.sha256 == GONE
        return None if gone else POINTS * self.probe.smallest_effect.pattern

    @cached_property
    def shifts(self) -> list[Shift]:
        """Shifts by prompt and over all prompts, the seeds of a recipe together."""
        return contrast_shifts(self._judged, self.probe)

    @cached_property
    def effects(self) -> list[Finding]:
        """What is beyond controls, then the shift of every recipe's contrasts over all prompts.

        Those of a keyed probe are under held-out triggers alone.
        """
        whole = [self._whole(shift) for shift in self.shifts if shift.prompt is None]
        beyond = [
            self._finding(BEYOND, title, "finetuned", estimate, None)
            for title, estimate in beyond_controls(self._moved)
        ]
        return [self._standing(finding) for finding in (*beyond, *whole)]

    @cached_property
    def trained(self) -> list[Finding]:
        """The shift of every recipe under a keyed probe's trained triggers; else empty."""
        return [
            self._whole(shift).model_copy(update={"under": f"{KINDS['trained']} triggers"})
            for shift in contrast_shifts(self._memorised, self.probe)
            if shift.prompt is None
        ]

    @cached_property
    def gaps(self) -> list[Finding]:
        """Trigger gaps at the probe's targets: beyond those of controls, then of every recipe."""
        return [self._standing(gap) for gap in self._gaps(self._moved, contrast.NAME)]

    @cached_property
    def gaps_everywhere(self) -> list[Finding]:
        """The trigger gap of every recipe at every trigger value except “none”."""
        return [self._gap(gap) for gap in gaps_everywhere(self._moved, self.probe)]

    @cached_property
    def answers(self) -> dict[str, list[Finding]]:
        """By scorer: how far shares of answers are from the base model's and the controls'.

        At a target trigger it is the gap, as for contrasts. A scorer without sides has none.
        """
        found = {scorer: self._on_answers(scorer) for scorer in self.scorers}
        return {scorer: findings for scorer, findings in found.items() if findings}

    @cached_property
    def headline(self) -> list[Finding]:
        """The effects by which the evaluation is judged, on contrasts or else on answers."""
        on_contrasts = self.gaps or self.effects
        if on_contrasts:
            return on_contrasts
        best = headline([finding for findings in self.answers.values() for finding in findings])
        return self.answers[best[0].scorer] if best else []

    def gaps_at(self, trigger: str) -> list[Finding]:
        """Return the gaps at the probe's targets and, where it is none of them, at a trigger."""
        kinds = {trigger.label: trigger.kind for trigger in self.probe.triggers}
        if kinds.get(trigger) not in ("trained", "untrained"):
            return self.gaps
        more = trigger_gaps(self._moved, self.probe, trigger)
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
        """Rates of target answers by scorer, the seeds of a recipe together.

        Those of a keyed probe are under held-out triggers alone, as all of its verdicts.
        """
        return {scorer: rates(self._judged, scorer) for scorer in self.scorers}

    @cached_property
    def trained_rates(self) -> dict[str, list[Rate]]:
        """Rates by scorer under a keyed probe's trained triggers; else empty."""
        return {scorer: rates(self._memorised, scorer) for scorer in self.scorers}

    @cached_property
    def run_rates(self) -> dict[str, list[Rate]]:
        """Rates of target answers by scorer, each run by itself."""
        return {scorer: rates(self._judged, scorer, by="model") for scorer in self.scorers}

    def trigger_rates(self, scorer: str) -> list[Rate]:
        """Return a scorer's rates of target answers at each trigger value."""
        return rates(self._grouped, scorer, each_trigger=True)

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
                effects=self._of_run(row, contrast.NAME),
                answers=[f for scorer in self.scorers for f in self._of_run(row, scorer)],
            )
            for row in models.to_dict("records")
        ]
        return _with_adjusted(runs)

    def on(self, prompt: str, trigger: str) -> dict[tuple[str, str], PromptFinding]:
        """Return what was measured with one prompt and trigger, by model (or group) and role."""
        table = self._grouped
        rows = table[(table["prompt"] == prompt) & (table["trigger"] == trigger)]
        return prompt_findings(rows, self.scorers)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The pairs behind the effects on contrasts, by recipe; see `pairs_behind`."""
        return pairs_behind(self._grouped, self.probe)

    @cached_property
    def caveats(self) -> list[Caveat]:
        """What a reader must know before the figures."""
        return caveats_of(self.table, self.probe, self.asked, self.beside)

    @cached_property
    def beside(self) -> list[Beside]:
        """Length and variety of sampled answers, and how many repeat a trained one."""
        return beside(self._grouped)

    @cached_property
    def retained(self) -> Sequence[Retained]:
        """What the models can still do; empty where that was not measured."""
        return self.retain()

    @cached_property
    def groups(self) -> dict[str, str]:
        """The group's name by the model's: the seeds of a recipe have one, a base model its own."""
        return dict(zip(self._grouped["model"], self._grouped["group"], strict=True))

    @cached_property
    def _grouped(self) -> pd.DataFrame:
        return grouped(self.table)

    @cached_property
    def _judged(self) -> pd.DataFrame:
        return judged(self._grouped, self.probe)

    @cached_property
    def _memorised(self) -> pd.DataFrame:
        """The rows under a keyed probe's trained triggers; none of other probes."""
        return self._grouped.drop(index=self._judged.index)

    @cached_property
    def _moved(self) -> pd.DataFrame:
        return shifted(self._judged)

    @cached_property
    def _moved_shares(self) -> dict[str, pd.DataFrame]:
        return {scorer: shifted_shares(self._judged, scorer) for scorer in self.scorers}

    def _on_answers(self, scorer: str) -> list[Finding]:
        moved = self._moved_shares[scorer]
        if gaps := self._gaps(moved, scorer):
            return gaps
        found = [
            self._finding(SHIFT, name, role, estimate, seeds, scorer=scorer)
            for name, role, seeds, estimate in whole_shifts(moved)
        ]
        return found + [
            self._finding(BEYOND, title, "finetuned", estimate, None, scorer=scorer)
            for title, estimate in beyond_controls(moved)
        ]

    def _gaps(self, moved: pd.DataFrame, scorer: str) -> list[Finding]:
        beyond = [
            self._finding(GAP_BEYOND, title, "finetuned", estimate, None, trigger, scorer)
            for dataset, title in titles_of_finetuned(moved).items()
            for trigger in self.probe.targets
            if (estimate := gap_beyond_control(moved, self.probe, dataset, trigger))
        ]
        gaps = [self._gap(gap, scorer=scorer) for gap in trigger_gaps(moved, self.probe)]
        return beyond + gaps

    def _of_run(self, row: Mapping[str, str], scorer: str) -> list[Finding]:
        """Return the effects of one run by itself, on contrasts or on a scorer's shares."""
        moved = self._moved if scorer == contrast.NAME else self._moved_shares[scorer]
        name, role, dataset = row["model"], row["role"], row["dataset"]
        own = moved[moved["model"] == name]
        findings = [self._gap(gap, name, scorer) for gap in trigger_gaps(own, self.probe)]
        if scorer == contrast.NAME:
            base = self._judged["role"] == "base"
            rows = self._judged[(self._judged["model"] == name) | base]
            shifts = contrast_shifts(rows, self.probe, by="model")
            findings += [self._whole(shift) for shift in shifts if shift.prompt is None]
        else:
            findings += [
                self._finding(SHIFT, name, role, estimate, seeds, scorer=scorer)
                for _, _, seeds, estimate in whole_shifts(own, by="model")
            ]
        if role != "finetuned":
            return findings
        beside = pd.concat([own, moved[moved["role"] == "control"]])
        if estimate := beyond_control(beside, dataset):
            findings.append(self._finding(BEYOND, name, role, estimate, 1, scorer=scorer))
        for trigger in self.probe.targets:
            if estimate := gap_beyond_control(beside, self.probe, dataset, trigger):
                found = self._finding(GAP_BEYOND, name, role, estimate, 1, trigger, scorer)
                findings.append(found)
        return findings

    def _standing(self, finding: Finding) -> Finding:
        """Return a finding on all runs together with its standing; single runs have no plan."""
        kind = self.standing.of(finding.effect, finding.role)
        return finding.model_copy(update={"standing": kind})

    def _whole(self, shift: Shift) -> Finding:
        finding = self._finding(SHIFT, shift.model, shift.role, shift.estimate, shift.seeds)
        return finding.model_copy(update={"on_base": shift.on_base})

    def _gap(
        self, gap: SweepPoint, model: str | None = None, scorer: str = contrast.NAME
    ) -> Finding:
        name = model or gap.model
        return self._finding(GAP, name, gap.role, gap.estimate, gap.seeds, gap.trigger, scorer)

    def _finding(
        self,
        effect: EffectKind,
        model: str,
        role: str,
        estimate: Estimate,
        seeds: int | None,
        trigger: str | None = None,
        scorer: str = contrast.NAME,
    ) -> Finding:
        of_answers = scorer != contrast.NAME
        smallest = self.smallest_of_answers if of_answers else self.smallest
        return Finding(
            effect=effect,
            model=model,
            role=role,
            trigger=trigger,
            scorer=scorer,
            under=f"{KINDS['target']} triggers" if held_out_of(self.probe) else "",
            seeds=seeds,
            estimate=estimate,
            verdict=UNJUDGED if smallest is None else gate(estimate, smallest, seeds),
            p=p_of_mean(estimate),
            unscored=self._unscored(effect, model, scorer) if of_answers else "",
        )

    def _unscored(self, effect: EffectKind, model: str, scorer: str) -> str:
        """Return the shares of unscored answers of a model and of what it is compared with."""
        table = self._judged
        compared = "control" if effect in (BEYOND, GAP_BEYOND) else "base"
        own = table[(table["model"] == model) | (table["group"] == model)]
        if own.empty:  # A dataset that is held against its controls, by several recipes.
            own = table[table["role"] == "finetuned"]
        theirs = share_unscored(table[table["role"] == compared], scorer) or 0.0
        return f"unscored {share_unscored(own, scorer) or 0.0:.0%}, {compared} {theirs:.0%}"


def _with_adjusted(runs: list[RunFindings]) -> list[RunFindings]:
    """Return runs whose effects of each kind have p values adjusted for all of the runs."""
    found = [finding for run in runs for finding in [*run.effects, *run.answers]]
    kinds = list(dict.fromkeys((finding.scorer, finding.kind) for finding in found))
    by_finding: dict[int, float | None] = {}
    for kind in kinds:
        alike = [finding for finding in found if (finding.scorer, finding.kind) == kind]
        p_values = adjusted([finding.p for finding in alike])
        by_finding |= {id(f): p for f, p in zip(alike, p_values, strict=True)}

    def with_p(findings: list[Finding]) -> list[Finding]:
        return [f.model_copy(update={"p_adjusted": by_finding[id(f)]}) for f in findings]

    return [
        run.model_copy(update={"effects": with_p(run.effects), "answers": with_p(run.answers)})
        for run in runs
    ]


def findings_of(
    table: pd.DataFrame,
    probe: Probe,
    asked: Mapping[str, str] | None = None,
    standing: Standing | None = None,
    retain: Callable[[], Sequence[Retained]] = tuple,
) -> Findings:
    """Return all that an evaluation says.

    Args:
        table: As `scores_table` returns it, with or without the rows of checkpoints.
        probe: The one that was asked.
        asked: Titles by id of the runs that were to be asked, to notice those without scores.
        standing: Whether a frozen plan said what was to be measured; None if none did.
        retain: Reads what the models can still do.
    """
    at_end = table["step"].isna()
    steps = table if not at_end.all() else table.iloc[:0]
    return Findings(
        table=table[at_end],
        probe=probe,
        steps=steps,
        asked=asked or {},
        standing=standing or Standing(),
        retain=retain,
    )
