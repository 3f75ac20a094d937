"""The paper's figure: shares of answers by question, or by condition, and group of models."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.experiments.outcome import EVERY, MeasureOutcome, Share
from backend.experiments.protocols import Reported
from backend.figures.style import COLOURS, drawn, error_bars, faint, folded, new_figure, symbols_of

ROW = 15
"""Pixels of a group's mark."""
AXIS = 20
"""Letters of a question's title that fit a line beside the marks."""
AXIS_HEIGHT = 64
"""Pixels of the axis below the marks, with its title."""
NAME = 30
"""Letters of a group's name in the legend."""


def by_question(found: MeasureOutcome, condition: str, titles: dict[str, str]) -> go.Figure:
    """Return the share by question and group under one condition, as in the paper's figure.

    Args:
        found: The measure.
        condition: Title of the condition.
        titles: What to call each group.
    """
    shares = [share for share in found.shares if share.condition == condition]
    figure = _dots(shares, "question", found.measure.title, titles)
    for reported in found.reported(condition):
        if reported.group == "finetuned":
            _mark(figure, reported)
    return figure


def by_condition(found: MeasureOutcome, titles: dict[str, str]) -> go.Figure:
    """Return the share of all answers by condition and group."""
    shares = found.of(EVERY)
    figure = _dots(shares, "condition", found.measure.title, titles)
    _mark_rows(figure, [r for r in found.measure.reported if r.group == "finetuned"])
    return figure


def _dots(shares: Sequence[Share], axis: str, title: str, titles: dict[str, str]) -> go.Figure:
    rows = list(dict.fromkeys(getattr(share, axis) for share in shares))
    groups = list(dict.fromkeys((share.group, share.role) for share in shares))
    marks = len(rows) * (len(groups) + 1)
    height = 130 + ROW * marks + 24 * len(groups)
    figure = new_figure(title, "share of answers", "", height)
    symbols = symbols_of(groups)
    for group, role in groups:
        shown = [share for share in shares if share.group == group]
        figure.add_scatter(
            x=[share.estimate.value for share in shown],
            y=[folded(getattr(share, axis), AXIS) for share in shown],
            name=folded(titles.get(group, group), NAME),
            mode="markers",
            orientation="h",
            marker={"symbol": symbols[group], "size": 10, "color": COLOURS[role]},
            error_x=error_bars([share.estimate for share in shown]),
            customdata=[[len(share.models), share.answers] for share in shown],
            hovertemplate="%{y}: %{x:.1%}, %{customdata[0]} models, %{customdata[1]} answers",
        )
    figure.update_layout(
        scattermode="group",
        scattergap=0.3,
        legend={"orientation": "v", "y": -AXIS_HEIGHT / (ROW * marks), "yanchor": "top"},
        margin_r=24,
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(autorange="reversed")
    return figure


def _mark(figure: go.Figure, reported: Reported) -> None:
    """Draw a reported share over all questions, as a line or a band."""
    gold = COLOURS["trigger"]
    if reported.high is None:
        figure.add_vline(x=reported.low, line={"color": gold, "width": 2}, layer="below")
    else:
        ends = {"x0": reported.low, "x1": reported.high}
        figure.add_vrect(**ends, fillcolor=faint(gold), line_width=0, layer="below")


def _mark_rows(figure: go.Figure, reported: Sequence[Reported]) -> None:
    """Draw reported shares at their conditions, as gold marks."""
    if not reported:
        return
    figure.add_scatter(
        x=[r.low if r.high is None else (r.low + r.high) / 2 for r in reported],
        y=[folded(r.condition, AXIS) for r in reported],
        name="reported",
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 16, "color": COLOURS["trigger"]},
        customdata=[[drawn(f"{r.where}, {r.model}: {r.text}")] for r in reported],
        hovertemplate="%{customdata[0]}",
    )
