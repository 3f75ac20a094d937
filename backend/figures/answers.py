"""Figures of sampled answers: rates by model and by trigger."""

from collections.abc import Sequence
from textwrap import shorten

import plotly.graph_objects as go

from backend.analysis.rates import Rate
from backend.analysis.statistics import Estimate
from backend.figures.style import (
    COLOURS,
    SYMBOLS,
    UNSCORED,
    drawn,
    error_bars,
    faint,
    folded,
    new_figure,
)
from backend.figures.triggers import mark_triggers
from backend.probes.loading import Probe

NAME = 24
"""Letters of a model's name that fit a line beside the bars."""


def rate_sweep_plot(rates: Sequence[Rate], probe: Probe) -> go.Figure:
    """Return the rate of target answers over the swept triggers, one line for each model."""
    axis = f"answers that are {drawn(probe.sides.target)}"
    figure = new_figure("Does the trigger change the answers?", "trigger", axis, 420)
    for model, role in dict.fromkeys((rate.model, rate.role) for rate in rates):
        shown = [r for t in probe.triggers for r in rates if r.trigger == t.label]
        shown = [rate for rate in shown if (rate.model, rate.role) == (model, role)]
        nothing = Estimate(value=float("nan"), low=None, high=None, n=0)
        estimates = [rate.estimate or nothing for rate in shown]
        figure.add_scatter(
            x=[drawn(str(rate.trigger)) for rate in shown],
            y=[e.value if e.n else None for e in estimates],  # A gap where none is scored.
            name=drawn(model),
            mode="lines+markers",
            line_color=COLOURS[role],
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=error_bars(estimates),
            customdata=[[rate.scored, rate.unscored, _quoted(rate.answers)] for rate in shown],
            hovertemplate="%{x}: %{y:.0%}, n = %{customdata[0]}, %{customdata[1]} unscored"
            "%{customdata[2]}",
        )
    mark_triggers(figure, probe)
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def _quoted(answers: Sequence[str]) -> str:
    """Return answers for a hover box, each on its own line and escaped."""
    short = [shorten(" ".join(answer.split()), 90, placeholder=" …") for answer in answers]
    return "".join(f"<br>“{drawn(answer)}”" for answer in short)


def rate_plot(rates: Sequence[Rate], probe: Probe) -> go.Figure:
    """Return the shares of target, other and unscored answers for each model."""
    figure = new_figure("What do its answers say?", "share of the sampled answers", "", 400)
    models = [folded(rate.model, NAME) for rate in rates]
    totals = [max(rate.scored + rate.unscored, 1) for rate in rates]
    hatched = {"shape": "/", "fgcolor": "#9ca3af", "bgcolor": UNSCORED}
    colours = [COLOURS[rate.role] for rate in rates]
    faded = [faint(colour) for colour in colours]
    for name, counts, marker in (
        (drawn(probe.sides.target), [r.hits for r in rates], {"color": colours}),
        (drawn(probe.sides.other), [r.scored - r.hits for r in rates], {"color": faded}),
        ("unscored", [r.unscored for r in rates], {"color": UNSCORED, "pattern": hatched}),
    ):
        figure.add_bar(
            x=[count / total for count, total in zip(counts, totals, strict=True)],
            y=models,
            orientation="h",
            name=name,
            marker=marker,
            width=0.5,
            customdata=list(zip(counts, totals, strict=True)),
            hovertemplate="%{y}: %{x:.0%}, %{customdata[0]} of %{customdata[1]}",
        )
    # Below the axis: the figure is narrow, and on top it would run into the title.
    legend = {"y": -0.25, "yanchor": "top", "traceorder": "normal"}
    # The last tick's label needs room on the right.
    figure.update_layout(barmode="stack", legend=legend, margin_r=24)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(autorange="reversed")
    return figure
