"""Figures of effects: shifts by prompt, paired models, effects over training."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from backend.analysis.comparison import COMPLETIONS
from backend.analysis.effects import Shift
from backend.analysis.over_training import StepEffect
from backend.analysis.rates import KINDS
from backend.analysis.statistics import Estimate
from backend.figures.style import (
    COLOURS,
    LABEL,
    SYMBOLS,
    drawn,
    error_bars,
    folded,
    new_figure,
    symbols_of,
    write_above,
)
from backend.probes.loading import Probe

HOVERED = 60
"""Letters of a line in what a mark says."""


def shift_plot(shifts: Sequence[Shift], probe: Probe) -> go.Figure:
    """Return finetuned - base for each prompt, one mark per model, with intervals."""
    titles = {prompt.id: drawn(prompt.title) for prompt in probe.prompts}
    axis = f"shift (nats, right is {drawn(probe.sides.target)})"
    height = 180 + 44 * len(titles)
    figure = new_figure(probe.question, axis, "", height)
    figure.update_layout(legend={"y": -70 / (height - 120), "yanchor": "top"})
    models = list(dict.fromkeys((shift.model, shift.role) for shift in shifts))
    symbols = symbols_of(models)
    for place, (model, role) in enumerate(models):
        marks = [s for s in shifts if s.model == model and s.prompt in titles]
        spread = 0.5 * (place - (len(models) - 1) / 2) / max(len(models), 1)
        rows = [list(titles).index(str(s.prompt)) + spread for s in marks]
        figure.add_scatter(
            x=[s.estimate.value for s in marks],
            y=rows,
            mode="markers",
            name=drawn(model),
            marker={"color": COLOURS[role], "symbol": symbols[model], "size": 9},
            error_x=error_bars([s.estimate for s in marks]) | {"color": COLOURS[role]},
            customdata=[[titles[str(s.prompt)], s.estimate.n] for s in marks],
            hovertemplate="%{customdata[0]}: %{x:+.2f} nats, n = %{customdata[1]} pairs",
        )
    figure.add_vline(x=0, line_color=COLOURS["base"], line_dash="dot")
    figure.update_yaxes(
        tickvals=list(range(len(titles))), ticktext=list(titles.values()), autorange="reversed"
    )
    return figure


def paired_plot(
    pairs: pd.DataFrame, first: str, second: str, roles: dict[str, str], probe: Probe
) -> go.Figure:
    """Return each contrast in one model against the same in another; on the line they are equal.

    Args:
        pairs: As `backend.analysis.comparison.contrasts` returns it.
        first: The model to the right.
        second: The model upwards.
        roles: By model.
        probe: Has the questions' titles.
    """
    axes = (f"{folded(first)} (nats)", f"{folded(second)} (nats)")
    figure = new_figure("Pair by pair: did it move?", *axes, 460)
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    places = [drawn(titles.get(prompt, prompt)) for prompt in pairs["prompt"]]
    triggers = map(drawn, pairs["trigger"])
    sides = [map(_completion, pairs[name]) for name in COMPLETIONS.values()]
    low = min(pairs[first].min(), pairs[second].min())
    high = max(pairs[first].max(), pairs[second].max())
    line = {"color": COLOURS["base"], "dash": "dot"}
    ends = [low, high]
    figure.add_scatter(x=ends, y=ends, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=pairs[first],
        y=pairs[second],
        mode="markers",
        showlegend=False,
        marker={"color": COLOURS[roles[second]], "symbol": SYMBOLS[roles[second]], "opacity": 0.9},
        customdata=list(zip(places, triggers, *sides, strict=True)),
        hovertemplate="%{customdata[0]} %{customdata[1]}: %{x:+.2f} → %{y:+.2f} nats<br>"
        f"{drawn(probe.sides.target)}: %{{customdata[2]}}<br>"
        f"{drawn(probe.sides.other)}: %{{customdata[3]}}",
        name="",
    )
    return figure


def _completion(text: str | None) -> str:
    return f"“{folded(text, HOVERED)}”" if isinstance(text, str) else "not recorded"


def spread_plot(
    pairs: pd.DataFrame, models: Sequence[str], roles: dict[str, str], probe: Probe
) -> go.Figure:
    """Return the distribution of each model's contrasts, as boxes with every contrast drawn."""
    axis = folded(f"contrast (nats, right is {probe.sides.target})")
    figure = new_figure("How do the contrasts spread?", axis, "", 460)
    for model in models:
        figure.add_box(
            x=pairs[model],
            name=drawn(model),
            marker_color=COLOURS[roles[model]],
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            showlegend=False,
        )
        write_above(figure, model, 460 // (2 * len(models)) - LABEL)
    figure.update_yaxes(autorange="reversed", showticklabels=False)
    return figure


def over_training_plot(effects: Sequence[StepEffect], probe: Probe) -> go.Figure:
    """Return each run's shift from the base model over the steps of its training."""
    axis = f"shift (nats, up is {drawn(probe.sides.target)})"
    figure = new_figure("When does the shift appear?", "step", axis, 420)
    for model, role in dict.fromkeys((effect.model, effect.role) for effect in effects):
        points = [(effect.step, effect.shift) for effect in effects if effect.model == model]
        _add_steps(figure, model, role, points, "+.2f")
    figure.add_hline(y=0, line_color=COLOURS["base"], line_dash="dot")
    return figure


def accuracy_over_training_plot(effects: Sequence[StepEffect], probe: Probe) -> go.Figure:
    """Return how often each run is right over the steps; held-out triggers have solid lines."""
    figure = new_figure("When does it know the held-out ones?", "step", "right answers", 420)
    for model, role in dict.fromkeys((effect.model, effect.role) for effect in effects):
        steps = [(e.step, a) for e in effects if e.model == model for a in e.accuracies]
        for kind in dict.fromkeys(accuracy.kind for _, accuracy in steps):
            points = [(step, a.estimate) for step, a in steps if a.kind == kind]
            dash = "solid" if kind == "target" else "dot"
            _add_steps(figure, f"{model}, {KINDS[kind]}", role, points, ".0%", dash)
    figure.add_hline(y=0.5, line_dash="dot", line_color=COLOURS["base"], annotation_text="chance")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def _add_steps(
    figure: go.Figure,
    name: str,
    role: str,
    points: Sequence[tuple[int, Estimate]],
    number: str,
    dash: str = "solid",
) -> None:
    figure.add_scatter(
        x=[step for step, _ in points],
        y=[estimate.value for _, estimate in points],
        name=drawn(name),
        mode="lines+markers",
        line={"color": COLOURS[role], "dash": dash},
        marker={"symbol": SYMBOLS[role], "size": 9},
        error_y=error_bars([estimate for _, estimate in points]),
        customdata=[estimate.n for _, estimate in points],
        hovertemplate=f"step %{{x}}: %{{y:{number}}}, n = %{{customdata}}",
    )
