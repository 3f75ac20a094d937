"""Findings as rows of a table: one for each model, or for each run and checkpoint."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from backend.analysis.evaluations import findings_of_job, get_evaluation
from backend.analysis.expectations import expectations
from backend.analysis.finding import Finding
from backend.analysis.findings import Findings
from backend.analysis.overview import finished_evaluations
from backend.analysis.rates import KINDS, Accuracy, scorer_title
from backend.errors import UserError
from backend.jobs.queue import list_jobs
from backend.probes.loading import Probe, load_probe
from models.tables import JobKind, JobState


def newest_evaluation(probe_id: str) -> str | None:
    """Return the newest finished evaluation by a probe, best one that asked all of it.

    Evaluations are never taken together: sweeps and other parts of a probe weigh its prompts
    differently.

    Raises:
        UserError: there is no such probe.
    """
    load_probe(probe_id)
    whole = (job.id for job, config in finished_evaluations() if config.probe == probe_id)
    done = (
        job.id
        for job, _ in list_jobs(JobKind.EVALUATE)
        if job.state == JobState.DONE and job.evaluation.probe == probe_id
    )
    return next(chain(whole, done), None)


def findings_on(probe_id: str, job_id: str) -> Findings:
    """Return what a probe found in an evaluation.

    Raises:
        UserError: there is no such evaluation, or it is of another probe.
    """
    findings = findings_of_job(get_evaluation(job_id))
    if findings.probe.id != probe_id:
        raise UserError(f"Job {job_id} is an evaluation by the probe {findings.probe.id}.")
    return findings


def result_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return one row for each model: its effects, accuracies and rates by scorer."""
    models = findings.table.drop_duplicates("model")
    rows = [
        _row(findings, model, role)
        for model, role in zip(models["model"], models["role"], strict=True)
    ]
    # Those with the most columns first, since a base model has no effects.
    columns = dict.fromkeys(name for row in sorted(rows, key=len, reverse=True) for name in row)
    return [{name: row.get(name, "") for name in columns} for row in rows]


def _row(findings: Findings, model: str, role: str) -> dict[str, Any]:
    run = next((run for run in findings.runs if run.model == model), None)
    shift = run.shift if run else None
    row: dict[str, Any] = {
        "model": model,
        "role": role,
        "shift (nats)": shift.estimate.text("+.2f") if shift else "",
        "prompts": shift.estimate.n if shift else "",
        "effect": _verdicts(run.headline) if run else "",
    }
    if shift and shift.on_base:
        row["on base"] = shift.on_base.text
    for finding in [*run.effects, *run.answers] if run else []:
        if finding != shift:
            row[_column(finding)] = (
                f"{finding.estimate.text(finding.number)}, {finding.verdict.kind}"
            )
    for finding in run.effects if run else []:
        standing = findings.standing.of_run(finding.effect, finding.role)
        if finding == shift or standing != "exploratory":
            row["standing"] = standing
    row |= _accuracy_columns(a for a in findings.run_accuracies if a.model == model)
    for scorer, rates in findings.run_rates.items():
        rate = next((rate for rate in rates if rate.model == model), None)
        title = f"{findings.probe.sides.target}: {scorer_title(scorer)}"
        row[title] = rate.cell if rate else ""
        row["scored"] = row.get("scored", 0) + (rate.scored if rate else 0)
        row["unscored"] = row.get("unscored", 0) + (rate.unscored if rate else 0)
    return row


def power_rows(probe: Probe, base_model: str) -> list[dict[str, Any]]:
    """Return one row for each effect that is expected of a probe, with what a verdict takes."""
    return [
        {
            "effect": expected.effect,
            "nats": round(expected.mean, 2),
            "spread": round(expected.spread.questions, 2),
            "verdict": expected.verdict,
            "questions": expected.questions,
            "seeds": expected.seeds,
            "chance": round(expected.chance, 2),
            "questions needed": expected.questions_needed,
            "seeds needed": expected.seeds_needed,
        }
        for expected in expectations(probe, base_model)
    ]


def _verdicts(findings: Iterable[Finding]) -> str:
    """Return the verdicts on the effects by which a run is judged, each once."""
    return ", ".join(dict.fromkeys(finding.verdict.kind for finding in findings))


def _column(finding: Finding) -> str:
    how = f", {scorer_title(finding.scorer)}" if finding.is_of_answers else ""
    return f"{finding.kind}{how} ({finding.unit})"


def step_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return one row for each run and checkpoint."""
    return [
        {
            "model": effect.model,
            "step": effect.step,
            "shift (nats)": effect.shift.text("+.2f"),
        }
        | _accuracy_columns(effect.accuracies)
        for effect in findings.over_training
    ]


def _accuracy_columns(accuracies: Iterable[Accuracy]) -> dict[str, Any]:
    return {f"right, {KINDS[a.kind]} triggers": a.estimate.percent for a in accuracies}
