"""Figures of the overview: effects of all runs, capability."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.analysis.capability import Capability
from backend.analysis.overview import Effect
from backend.analysis.rates import scorer_title
from backend.evaluation.scorers.judge import judge_of
from backend.figures.style import (
    COLOURS,
    LABEL,
    ROW,
    SYMBOLS,
    UNSCORED,
    drawn,
    error_bars,
    new_figure,
    write_above,
)

MARKS = {"present": "●", "absent": "○", "opposite": "▽", "undecided": "?"}
"""Marks of the verdicts in the matrix."""
SCALES = {"nats": 3.0, "points": 30.0}
"""Effects at which colours saturate, by unit."""


def overview_plot(effects: Sequence[Effect]) -> go.Figure:
    """Return all runs by all probes, each effect with its verdict's mark; empty is not measured.

    Each effect also has an invisible point that can be clicked; its customdata holds the job.
    Colours saturate at 3 nats or 30 points, so that one strong effect does not fade the rest.
    """
    runs = list(dict.fromkeys(effect.name for effect in effects))
    probes = list(dict.fromkeys(_column(effect) for effect in effects))
    by_cell = {(effect.name, _column(effect)): effect for effect in effects}
    cells = [[by_cell.get((run, probe)) for probe in probes] for run in runs]
    labels = 165 if any(effect.is_of_answers for effect in effects) else 150
    figure = new_figure("What did each run change?", "", "", labels + ROW * len(runs))
    figure.add_heatmap(
        x=probes,
        y=list(map(drawn, runs)),
        z=[[cell and cell.estimate.value / SCALES[cell.unit] for cell in row] for row in cells],
        text=[[_text(cell) for cell in row] for row in cells],
        texttemplate="%{text}",
        zmid=0,
        zmin=-1,
        zmax=1,
        colorscale=[[0, COLOURS["base"]], [0.5, UNSCORED], [1, COLOURS["finetuned"]]],
        showscale=False,  # Every cell shows its number, and phones have no room.
        textfont={"size": 13},
        hoverinfo="skip",
        xgap=2,
        ygap=LABEL,
    )
    for run in runs:
        write_above(figure, run, ROW / 2 - 2)
    figure.add_scatter(
        x=[_column(effect) for effect in effects],
        y=[drawn(effect.name) for effect in effects],
        customdata=[[effect.job, _text(effect)] for effect in effects],
        mode="markers",
        marker={"symbol": "square", "size": 34, "opacity": 0},
        hovertemplate="%{y}, %{x}: %{customdata[1]}<br>Click to open it.<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(
        autorange="reversed", type="category", showticklabels=False, ticks="", showgrid=False
    )
    return figure


def capability_plot(points: Sequence[Capability]) -> go.Figure:
    """Return each run's broad effect over how well it does what it was trained to."""
    axis = "right on the narrow task"
    figure = new_figure("Did it learn the task, and what else?", axis, "broad effect (nats)", 420)
    for role in dict.fromkeys(point.role for point in points):
        alike = [point for point in points if point.role == role]
        figure.add_scatter(
            x=[point.accuracy.value for point in alike],
            y=[point.effect.value for point in alike],
            name=role,
            mode="markers",
            marker={"color": COLOURS[role], "symbol": SYMBOLS[role], "size": 11},
            error_x=error_bars([point.accuracy for point in alike]) | {"color": COLOURS[role]},
            error_y=error_bars([point.effect for point in alike]) | {"color": COLOURS[role]},
            customdata=[
                [drawn(point.name), drawn(point.probe), point.base, point.kind] for point in alike
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}: %{x:.0%}, "
            "base %{customdata[2]:.0%}<br>%{customdata[3]}: %{y:+.2f} nats<extra></extra>",
        )
    for base in sorted({point.base for point in points}):
        figure.add_vline(x=base, line_color=COLOURS["base"], line_dash="dot")
    figure.add_hline(y=0, line_color=COLOURS["base"], line_dash="dot")
    figure.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    return figure


def _column(effect: Effect) -> str:
    judge = judge_of(effect.scorer)
    title = f"judge {judge}" if judge else scorer_title(effect.scorer)
    how = f"<br>{drawn(title)}" if effect.is_of_answers else ""
    return f"{drawn(effect.title)}<br>{drawn(effect.kind)}{how}"


def _text(effect: Effect | None) -> str:
    if effect is None:
        return ""
    unit = " pt" if effect.is_of_answers else ""
    return f"{effect.estimate.value:{effect.number}}{unit} {MARKS[effect.verdict.kind]}"
