"""Tables of the documents: effects with their intervals, verdicts and spread over seeds."""

from collections.abc import Sequence

from backend.analysis.finding import Finding, headline
from backend.analysis.findings import Findings
from backend.datasets.loading import list_datasets
from backend.exports.replays import Replay
from benchmarks.evidence.experiments import Experiment
from models.configs import recipe_words

Row = dict[str, str]


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table; the columns are those of the first row."""
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([row[head] for head in heads] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def nats(value: float) -> str:
    """Return a difference of log-probabilities with a true minus sign: "−0.73"."""
    return f"{value:+.2f}".replace("-", "−")


def interval(finding: Finding) -> str:
    """Return the 95 % interval: "−0.73 to +1.20"; empty for a single question."""
    return finding.estimate.interval("+.2f").replace("-", "−")


def effect_rows(findings: Findings) -> list[Row]:
    """Return every effect of an evaluation: shifts, beyond control and trigger gaps.

    Of a keyed probe, the shift under its trained triggers stands apart.
    """
    effects = [*findings.effects, *findings.trained, *findings.gaps]
    return [_effect_row(finding, findings) for finding in effects]


def _effect_row(finding: Finding, findings: Findings) -> Row:
    return {
        "model": finding.model + (" (control)" if _control(finding) else ""),
        "effect": finding.kind,
        "estimate": nats(finding.estimate.value),
        "95 % interval": interval(finding),
        "single seeds": spread(finding, findings),
        "questions": str(finding.estimate.n),
        "p": p_value(finding.p),
        "verdict": finding.verdict.kind,
        "standing": finding.standing,
    }


def p_value(p: float | None) -> str:
    """Return a p value with four digits; empty for a single question."""
    if p is None:
        return ""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def spread(finding: Finding, findings: Findings) -> str:
    """Return the least and the greatest estimate of single runs: "+1.13 to +1.47"."""
    names = {name for name, group in findings.groups.items() if group == finding.model}
    of_runs = [
        effect.estimate.value
        for run in findings.runs
        if run.model in names or (not names and run.role == "finetuned")
        for effect in run.effects
        if effect.kind == finding.kind
    ]
    return f"{nats(min(of_runs))} to {nats(max(of_runs))}" if len(of_runs) > 1 else ""


def recipe(replay: Replay) -> str:
    """Return the recipe of an evaluation's runs in words, and how many rows each dataset has."""
    shared = frozenset.intersection(*replay.recipes().values())
    return f"Recipe: {', '.join(recipe_words(shared))}"


def seeds(replay: Replay) -> str:
    """Return how many seeds each dataset of an evaluation was trained with."""
    return str(len({subject.recipe["seed"] for subject in replay.subjects if subject.run}))


def advice(findings: Findings) -> list[str]:
    """Return what would decide each of the main effects, or what it does not show yet."""
    return [
        f"The {finding.kind} is {finding.verdict.kind}. {finding.verdict.advice}"
        for finding in headlines(findings)
        if finding.verdict.advice
    ]


def headlines(findings: Findings) -> list[Finding]:
    """Return the effects by which an evaluation is judged; controls stand in the whole table."""
    return [found for found in headline([*findings.gaps, *findings.effects]) if not _control(found)]


def _control(finding: Finding) -> bool:
    return finding.role == "control"


def coverage_rows(experiments: Sequence[Experiment], replays: dict[str, Replay]) -> list[Row]:
    """Return for every dataset where its runs were measured, or that they were not."""
    rows = []
    for dataset in list_datasets():
        at = [
            replay.probe.title
            for experiment in experiments
            for name in experiment.recordings
            if (replay := replays.get(name)) and dataset.sha256 in _rows_of(replay)
        ]
        rows.append(
            {
                "dataset": f"`{dataset.id}`",
                "control for": f"`{dataset.card.controls_for}`"
                if dataset.card.controls_for
                else "",
                "measured by": ", ".join(at) or "not measured",
            }
        )
    return rows


def _rows_of(replay: Replay) -> set[str | None]:
    return {subject.dataset_sha256 for subject in replay.subjects}
