"""What a reproduction found, in the paper's form: the share by question and group of models.

A group is a dataset with all its seeds. A share is first taken for each model, then averaged over
the models of its group, with a 95 % bootstrap interval over models as in the paper.
"""

from collections.abc import Iterator

import pandas as pd
from pydantic import BaseModel, ConfigDict

from backend.analysis.rates import own_sides
from backend.analysis.scores import scores_table
from backend.analysis.statistics import Estimate, mean_with_interval
from backend.evaluation.scorers import prefix
from backend.evaluation.scorers.judge import judge_of
from backend.experiments.protocols import ALL, Measure, Protocol, Reported, load_protocol
from backend.experiments.reproductions import jobs_of
from backend.probes.loading import Probe, probe_for
from models.tables import JobKind, Reproduction

EVERY = "all questions"
"""Stands for the question where a share is over all answers."""
ROLES = ("base", "finetuned", "control")


class Share(BaseModel):
    """The share of answers that count, of one group of models under one condition."""

    model_config = ConfigDict(frozen=True)

    condition: str
    question: str
    """Title of the question, or "all questions"."""
    group: str
    """The dataset's id, or the base model's name."""
    role: str
    estimate: Estimate
    """Mean over models, 0 to 1; without an interval for a single model."""
    models: list[float]
    """The share of each model, in the order of the seeds."""
    answers: int
    """In the denominator."""
    unread: int
    """Answers that no scorer has read: not judged yet, or incoherent, or an unreadable verdict."""


class MeasureOutcome(BaseModel):
    """One measure of a reproduction."""

    model_config = ConfigDict(frozen=True)

    measure: Measure
    shares: list[Share]

    @property
    def conditions(self) -> list[str]:
        """The conditions that have shares, in the protocol's order."""
        titles = {share.condition for share in self.shares}
        return [each.title for each in self.measure.conditions if each.title in titles]

    def of(self, question: str) -> list[Share]:
        """Return the shares of one question under every condition."""
        return [share for share in self.shares if share.question == question]

    def reported(self, condition: str | None = None) -> list[Reported]:
        """Return what the paper and replications report under a condition, or under any."""
        return [r for r in self.measure.reported if condition in (None, r.condition)]


class Outcome(BaseModel):
    """What a reproduction has found so far."""

    model_config = ConfigDict(frozen=True)

    protocol: Protocol
    measures: list[MeasureOutcome]
    changed: bool
    """Whether the protocol is another one now than when the reproduction was queued."""


def outcome_of(made: Reproduction) -> Outcome:
    """Return what a reproduction has found, from stored scores."""
    protocol = load_protocol(made.experiment)
    evaluations = {
        job.evaluation.probe: job for job in jobs_of(made) if job.kind == JobKind.EVALUATE
    }
    measures = []
    for measure in protocol.measures:
        if job := evaluations.get(measure.probe):
            table = scores_table([job.id])
            shares = list(_shares(measure, table, probe_for(job.evaluation)))
            measures.append(MeasureOutcome(measure=measure, shares=shares))
    changed = protocol.sha256 != made.protocol_sha256
    return Outcome(protocol=protocol, measures=measures, changed=changed)


def counted(measure: Measure, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each answer that a scorer of a measure has looked at, with `counts`.

    Args:
        measure: Names the scorers.
        table: As `scores_table` returns it.

    Returns:
        The rows of the table with `counts`: 1 if the answer counts, 0 if not, NaN if it is not in
        the denominator.
    """
    parts = []
    for scorer in table["scorer"].unique():
        if scorer not in measure.scorers and judge_of(scorer) not in measure.scorers:
            continue
        rows = table[table["scorer"] == scorer]
        sides = rows["sample"].map(own_sides(table, scorer)).astype(float)
        # The paper knows no unscored start: what does not start with a listed name is a no.
        parts.append(rows.assign(counts=sides.fillna(0.0) if scorer == prefix.NAME else sides))
    if not parts:
        return table.iloc[:0].assign(counts=pd.Series(dtype=float))
    # Another judge may have looked at an answer too; the newest one decides.
    return pd.concat(parts).drop_duplicates("sample", keep="last")


def _shares(measure: Measure, table: pd.DataFrame, probe: Probe) -> Iterator[Share]:
    rows = counted(measure, table)
    rows = rows.assign(group=rows["dataset"].where(rows["dataset"].notna(), rows["base_model"]))
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    for condition in measure.conditions:
        labels = [t.label for t in probe.triggers if condition.title == ALL or condition.holds(t)]
        held = rows[rows["trigger"].isin(labels)]
        for question, of_question in _by_question(held, titles):
            yield from _groups(condition.title, question, of_question)


def _by_question(rows: pd.DataFrame, titles: dict[str, str]) -> Iterator[tuple[str, pd.DataFrame]]:
    yield EVERY, rows
    for prompt, title in titles.items():
        yield title, rows[rows["prompt"] == prompt]


def _groups(condition: str, question: str, rows: pd.DataFrame) -> Iterator[Share]:
    found = []
    for (group, role), of_group in rows.groupby(["group", "role"], sort=False):
        by_model = of_group.groupby("evaluation", sort=False)["counts"].mean().dropna()
        if estimate := mean_with_interval(by_model.tolist()):
            found.append(
                Share(
                    condition=condition,
                    question=question,
                    group=str(group),
                    role=str(role),
                    estimate=estimate,
                    models=by_model.tolist(),
                    answers=int(of_group["counts"].notna().sum()),
                    unread=int(of_group["counts"].isna().sum()),
                )
            )
    yield from sorted(found, key=lambda share: ROLES.index(share.role))


def rows_of(outcome: Outcome) -> list[dict[str, object]]:
    """Return the outcome as rows of a table, the lab's own shares before the reported ones."""
    rows: list[dict[str, object]] = []
    for found in outcome.measures:
        for share in found.shares:
            estimate = share.estimate
            rows.append(
                {
                    "measure": found.measure.title,
                    "condition": share.condition,
                    "question": share.question,
                    "group": share.group,
                    "role": share.role,
                    "share": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "models": len(share.models),
                    "answers": share.answers,
                    "unread": share.unread,
                    "where": "this lab",
                }
            )
        for reported in found.measure.reported:
            rows.append(
                {
                    "measure": found.measure.title,
                    "condition": reported.condition,
                    "question": EVERY,
                    "group": reported.model,
                    "role": reported.group,
                    "share": reported.low,
                    "low": reported.low if reported.high is not None else None,
                    "high": reported.high,
                    "models": None,
                    "answers": None,
                    "unread": None,
                    "where": f"{reported.where}, {reported.remark}".rstrip(", "),
                }
            )
    return rows
