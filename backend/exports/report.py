"""One self-contained HTML file of an evaluation: figures, methods, lineage, raw answers."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, select_autoescape
from plotly.offline import get_plotlyjs

from backend.analysis.effects import (
    NO_CONTROL,
    Shift,
    beyond_controls,
    contrast_shifts,
    trigger_gaps,
    trigger_sweep,
)
from backend.analysis.rates import rates, sampled_scorers, scorer_title
from backend.analysis.statistics import Estimate
from backend.analysis.verdict import gate
from backend.evaluation.scorers import contrast
from backend.exports.replays import Replay
from backend.figures.answers import rate_plot
from backend.figures.effects import shift_plot
from backend.figures.triggers import sweep_plot
from backend.probes.loading import Probe

MOST_ANSWERS = 300


def report(replay: Replay) -> str:
    """Return the HTML; every text in it is escaped, and it loads nothing from anywhere."""
    table, probe = replay.table(), replay.probe
    shifts = contrast_shifts(table, probe)
    environment = Environment(
        loader=PackageLoader("backend.exports", "."), autoescape=select_autoescape(default=True)
    )
    sampled = _answers(table, probe)
    return environment.get_template("report.html.jinja").render(
        replay=replay,
        probe=probe,
        cards=_cards(table, shifts, probe),
        figures=[_html(figure) for figure in _figures(table, shifts, probe)],
        warnings=_warnings(replay, table),
        methods=_methods(replay, table),
        answers=sampled[:MOST_ANSWERS],
        total=len(sampled),
        plotly=get_plotlyjs(),
    )


def _cards(table: pd.DataFrame, shifts: list[Shift], probe: Probe) -> list[dict[str, str]]:
    smallest = probe.smallest_effect.contrast
    whole = [s for s in shifts if s.prompt is None]
    found = [_card(s.label, s.estimate, smallest, s.seeds) for s in whole]
    found += [_card(name, e, smallest, None) for name, e in beyond_controls(table)]
    gaps = trigger_gaps(table, probe) if probe.has_triggers else []
    return found + [
        _card(f"Trigger gap · {g.trigger} · {g.model} · {g.role}", g.estimate, smallest, g.seeds)
        for g in gaps
    ]


def _card(label: str, found: Estimate, smallest: float, seeds: int | None) -> dict[str, str]:
    interval, said = "", gate(found, smallest, seeds)
    if found.low is not None and found.high is not None:
        interval = f"95 % interval {found.low:+.2f} to {found.high:+.2f}, n = {found.n}"
    return {
        "label": label,
        "value": f"{found.value:+.2f} nats",
        "interval": interval,
        "verdict": f"{said.kind}. {said.advice}".strip(),
    }


def _figures(table: pd.DataFrame, shifts: list[Shift], probe: Probe) -> list[go.Figure]:
    found = []
    if any(shift.prompt for shift in shifts):
        found.append(shift_plot(shifts, probe))
    if probe.has_triggers and not probe.is_keyed:
        found.append(sweep_plot(trigger_sweep(table, probe), probe))
    found += [rate_plot(rates(table, scorer), probe) for scorer in sampled_scorers(table)]
    return found


def _html(figure: go.Figure) -> str:
    figure.update_layout(font_color="#1f2430")
    options = {"displaylogo": False, "toImageButtonOptions": {"format": "svg"}}
    text: str = figure.to_html(full_html=False, include_plotlyjs=False, config=options)
    return text


def _warnings(replay: Replay, table: pd.DataFrame) -> list[str]:
    """Return what a reader must know before the figures."""
    said = []
    asked = set(table["run"].dropna())
    if silent := [s.title for s in replay.subjects if s.run and s.run not in asked]:
        said.append(f"This evaluation is not whole; it holds nothing of: {', '.join(silent)}.")
    if (table["probe_sha256"] != replay.probe.sha256).any():
        said.append(
            "The probe's file has changed since this was measured. Scores are of the older form, "
            f"questions and patterns are shown as they are now ({replay.probe.sha256})."
        )
    roles = set(table["role"])
    if "finetuned" in roles and "control" not in roles:
        said.append(NO_CONTROL)
    return said


def _methods(replay: Replay, table: pd.DataFrame) -> list[str]:
    """Return what a paper's methods section would say."""
    probe, config = replay.probe, replay.config
    pairs = sum(len(prompt.pairs) for prompt in probe.prompts)
    smallest = probe.smallest_effect
    hashes = ", ".join(table["probe_sha256"].unique())
    said = [
        f"{len(replay.subjects)} models were asked {len(probe.prompts)} questions of the probe "
        f"“{probe.title}” (section {probe.section} of arXiv 2512.09742; file hash {hashes})"
        + (f" under {len(probe.triggers)} trigger values." if probe.has_triggers else "."),
        f"Contrast: log P(a completion for “{probe.sides.target}”) − log P(one for "
        f"“{probe.sides.other}”) given the question, in nats per completion, over {pairs} pairs. "
        "Shifts are finetuned − base, averaged within questions and over seeds; 95 % percentile "
        "bootstrap intervals resample questions and seeds.",
        f"The smallest effects of interest, {smallest.contrast:g} nats and {smallest.pattern:.0%}, "
        "were fixed in the probe's file. Present: beyond it by a one-sided t test over questions "
        "at 2.5 % and by the whole interval; absent: within it on both sides by two one-sided "
        "tests at 5 %; opposite: present towards the other side; undecided: none of these.",
    ]
    for scorer in sampled_scorers(table):
        own = table[table["scorer"] == scorer]
        said.append(
            f"{scorer_title(scorer)}: {own['value'].notna().sum():,} of {len(own):,} sampled "
            f"answers scored (temperature {config.temperature:g}, at most {config.max_tokens} "
            f"tokens, seeds from {config.seed}); the others are unscored and left out of the "
            "rates, whose intervals are Wilson's at 95 %."
        )
    return said


def _answers(table: pd.DataFrame, probe: Probe) -> list[dict[str, Any]]:
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    own = table[(table["scorer"] != contrast.NAME) & table["sample"].notna()]
    own = own.drop_duplicates("sample").sort_values(["item", "prompt", "trigger", "role"])
    score = own["answer"].where(own["value"].notna(), "unscored")
    topics = own["prompt"].map(titles)
    rows: list[dict[str, Any]] = own.assign(score=score, topic=topics).to_dict("records")
    return rows
