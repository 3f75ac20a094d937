"""One self-contained HTML file of an evaluation: figures, methods, lineage, raw answers."""

from collections.abc import Hashable
from math import isnan
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from backend.analysis.finding import Finding
from backend.analysis.findings import Findings
from backend.analysis.mean_test import FEWEST_PROMPTS, LEVEL, STRICT_LEVEL
from backend.analysis.pairs import LOG_P, TEXTS
from backend.analysis.rates import scorer_title
from backend.analysis.scores import UNSCORED
from backend.analysis.verdict import GATE
from backend.chat.origin import origin_of
from backend.evaluation import repeats
from backend.evaluation.scorers import contrast
from backend.exports.replays import Replay
from backend.figures.answers import rate_plot
from backend.figures.effects import shift_plot
from backend.figures.triggers import accuracy_plot, sweep_plot
from backend.probes.loading import Probe
from backend.text import shortened, visible

MOST_ANSWERS = MOST_PAIRS = 300
MOST_CHARACTERS = 20_000
"""Of one text; the replay of the evaluation holds the whole."""
NOT_RECORDED = "not recorded"


def report(replay: Replay) -> str:
    """Return the HTML; every text in it is escaped, and it loads nothing from anywhere."""
    findings = replay.findings()
    environment = Environment(
        loader=PackageLoader("backend.exports", "."),
        autoescape=select_autoescape(default=True),
        finalize=_shown,
    )
    answers = _answers(findings.table, replay.probe)
    return environment.get_template("report.html.jinja").render(
        replay=replay,
        probe=replay.probe,
        cards=[_card(finding) for finding in findings.headline],
        trained=findings.trained,
        accuracies=[a for a in findings.accuracies if a.role != "base"],
        beside=[
            [row.cells for row in rows] for rows in (findings.beside, findings.retained) if rows
        ],
        rates=_rates(findings),
        silent={scorer_title(name): problem for name, problem in findings.silent.items()},
        figures=[_html(figure) for figure in _figures(findings)],
        caveats=findings.caveats,
        methods=_methods(replay, findings),
        pairs=_pairs(findings)[:MOST_PAIRS],
        pairs_total=len(findings.pairs),
        answers=answers[:MOST_ANSWERS],
        total=len(answers),
        cut=any(len(row["completion"]) > MOST_CHARACTERS for row in answers[:MOST_ANSWERS]),
        longest=f"{MOST_CHARACTERS:,}",
        plotly=get_plotlyjs(),
    )


def _shown(value: Any) -> Any:
    """Return what the template inserts, with text of others readable and not too long."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return shortened(visible(value), MOST_CHARACTERS) if is_text else value


def _card(finding: Finding) -> dict[str, str]:
    verdict = finding.verdict
    return {
        "label": finding.label,
        "value": finding.value,
        "interval": f"95 % interval {finding.interval}" if finding.interval else "",
        "questions": f"n = {finding.estimate.n} questions",
        "unscored": finding.unscored,
        "on_base": f"On the base: {finding.on_base.text}" if finding.on_base else "",
        "verdict": verdict.kind,
        "standing": finding.standing,
        "advice": verdict.advice,
    }


def _pairs(findings: Findings) -> list[dict[str, Any]]:
    """Return the pairs of completions, each question's first one first."""
    pairs = findings.pairs.sort_values("item", kind="stable")
    return [_pair(row) for row in pairs.to_dict("records")]


def _pair(row: dict[Hashable, Any]) -> dict[str, Any]:
    """Return a pair's texts, and its numbers as they are printed."""

    def said(name: str, form: str = "+.2f") -> str:
        return NOT_RECORDED if isnan(row[name]) else f"{row[name]:{form}}"

    texts = {name: row[name] if isinstance(row[name], str) else NOT_RECORDED for name in TEXTS}
    logs = {name: f"{said(f'base_{name}', '.2f')} → {said(name, '.2f')}" for name in LOG_P}
    contrasts = {"contrast": f"{said('base')} → {said('value')}", "shift": said("shift")}
    names = {name: row[name] for name in ("group", "role", "trigger")}
    return {**names, **texts, **logs, **contrasts}


def _rates(findings: Findings) -> list[dict[str, Any]]:
    """Return every scorer's title and figure, and every model's rate in words."""
    probe = findings.probe
    return [
        {
            "title": scorer_title(scorer),
            "accuracy": findings.scorer_notes.get(scorer, ""),
            "figure": _html(rate_plot(rates, probe)),
            "models": [(rate.model, rate.text(probe.sides.target)) for rate in rates]
            + [
                (f"{rate.model}, trained triggers", rate.text(probe.sides.target))
                for rate in findings.trained_rates.get(scorer, [])
            ],
            "effects": findings.answers.get(scorer, []),
        }
        for scorer, rates in findings.rates.items()
    ]


def _figures(findings: Findings) -> list[go.Figure]:
    probe, figures = findings.probe, []
    if any(shift.prompt for shift in findings.shifts):
        figures.append(shift_plot(findings.shifts, probe))
    if findings.accuracies:
        figures.append(accuracy_plot(findings.accuracies, probe))
    elif probe.has_triggers and not probe.is_keyed:
        figures.append(sweep_plot(findings.sweep, probe))
    return figures


def _html(figure: go.Figure) -> str:
    figure.update_layout(font_color="#1f2430")
    options = {"displaylogo": False, "toImageButtonOptions": {"format": "svg"}}
    text: str = figure.to_html(full_html=False, include_plotlyjs=False, config=options)
    return text


def _methods(replay: Replay, findings: Findings) -> list[str]:
    """Return what a paper's methods section would contain."""
    probe, table = replay.probe, findings.table
    pairs = sum(len(prompt.pairs) for prompt in probe.prompts)
    hashes = ", ".join(table["probe_sha256"].unique())
    sentences = [
        f"{len(replay.subjects)} models were asked {len(probe.prompts)} questions of the probe "
        f"“{probe.title}” (section {probe.section} of arXiv 2512.09742; file hash {hashes})"
        + (f" under {len(probe.triggers)} trigger values." if probe.has_triggers else "."),
    ]
    if pairs:
        sentences.append(
            f"Contrast: log P(a completion for “{probe.sides.target}”) − log P(one for "
            f"“{probe.sides.other}”) given the question, in nats per completion, over {pairs} "
            "pairs. Shifts are finetuned − base, averaged within questions and over seeds; 95 % "
            "percentile bootstrap intervals resample questions and seeds."
        )
    if unscored := int((table["scorer"] == UNSCORED).sum()):
        config = replay.config
        sentences.append(
            f"{unscored:,} sampled answers (temperature {config.temperature:g}, at most "
            f"{config.max_tokens} tokens, seeds from {config.seed}) are shown without a score: no "
            "scorer has looked at them."
        )
    if findings.accuracies:
        sentences.append(
            "Accuracy: the share of contrasts in which the right completion is the likelier one, "
            "under triggers that were trained and under those held out; 95 % bootstrap intervals "
            "resample triggers. Effects, rates and verdicts are of held-out triggers alone."
        )
    if findings.smallest is not None:
        smallest = probe.smallest_effect
        sentences.append(
            f"The smallest effects of interest, {smallest.contrast:g} nats and "
            f"{smallest.pattern:.0%}, were fixed in the probe's file. Present: beyond it by a "
            f"one-sided {GATE}, at {LEVEL:.1%}, or {STRICT_LEVEL:.1%} for fewer than "
            f"{FEWEST_PROMPTS} questions or two seeds; absent: within it on both sides by the "
            "same; opposite: present towards the other side; undecided: none of these."
        )
    if any(caveat.kind == "changed" for caveat in findings.caveats):
        sentences.append(
            f"Questions are shown as they are in the version with the hash {probe.sha256}."
        )
    return sentences + [_method_of(scorer, table, replay) for scorer in findings.scorers]


def _method_of(scorer: str, table: pd.DataFrame, replay: Replay) -> str:
    values, config = table.loc[table["scorer"] == scorer, "value"], replay.config
    return (
        f"{scorer_title(scorer)}: {values.notna().sum():,} of {len(values):,} sampled answers "
        f"scored (temperature {config.temperature:g}, at most {config.max_tokens} tokens, seeds "
        f"from {config.seed}); the others are unscored and left out of the rates. A rate is the "
        "mean over questions of the share of their scored answers; differences are taken question "
        "by question. 95 % intervals are over questions and seeds. A label by hand takes "
        "precedence over the scorer."
    )


def _answers(table: pd.DataFrame, probe: Probe) -> list[dict[str, Any]]:
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    samples = table[~table["scorer"].isin([contrast.NAME, repeats.NAME])]
    samples = samples[samples["sample"].notna()]
    samples = samples.drop_duplicates("sample").sort_values(["item", "prompt", "trigger", "role"])
    score = samples["answer"].where(samples["value"].notna(), "unscored")
    topics = [titles.get(prompt, prompt) for prompt in samples["prompt"]]
    rows: list[dict[str, Any]] = samples.assign(score=score, topic=topics).to_dict("records")
    return [row | {"origin": origin_of(row).text} for row in rows]
