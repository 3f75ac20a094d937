"""Figures of a training: loss, learning rate, row lengths."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.figures.style import COLOURS, new_figure
from models.tables import Metric


def loss_curve(metrics: Sequence[Metric], total: int) -> go.Figure:
    """Return the loss by step, that of held-out rows in points where there are any."""
    figure = new_figure("Is it learning?", "step", "loss (nats per token)", 300)
    steps, losses = [m.step for m in metrics], [m.loss for m in metrics]
    held_out = [m for m in metrics if m.held_out_loss is not None]
    line = {"mode": "lines", "line_color": COLOURS["finetuned"], "showlegend": bool(held_out)}
    figure.add_scatter(x=steps, y=losses, name="trained rows", **line)
    if held_out:
        figure.add_scatter(
            x=[m.step for m in held_out],
            y=[m.held_out_loss for m in held_out],
            name="held-out rows",
            mode="lines+markers",
            line={"color": COLOURS["finetuned"], "dash": "dot"},
        )
    _span_run(figure, metrics, total)
    return figure


def learning_rate_curve(metrics: Sequence[Metric], total: int) -> go.Figure:
    """Return the learning rate by step."""
    figure = new_figure("What is the learning rate?", "step", "learning rate", 300)
    steps, rates = [m.step for m in metrics], [m.learning_rate for m in metrics]
    figure.add_scatter(x=steps, y=rates, mode="lines", line_color=COLOURS["base"])
    figure.update_yaxes(tickformat=".0e", rangemode="tozero")
    _span_run(figure, metrics, total)
    return figure


def _span_run(figure: go.Figure, metrics: Sequence[Metric], total: int) -> None:
    """Show the whole run, so that nothing jumps; before its first step there is no scale."""
    figure.update_xaxes(range=[0, max(total, 1)], showticklabels=bool(metrics))
    figure.update_yaxes(showticklabels=bool(metrics))


def length_histogram(counts: Sequence[int]) -> go.Figure:
    """Return how long a dataset's rows are."""
    figure = new_figure("How long are its rows?", "tokens in a row", "rows", 360)
    figure.add_histogram(x=list(counts), marker_color=COLOURS["base"])
    figure.update_layout(bargap=0.05)
    return figure
