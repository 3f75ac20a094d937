"""Figures of triggers: sweep, gap, heatmap, accuracy."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.analysis.effects import Cell, SweepPoint
from backend.analysis.finding import Finding, counted_seeds
from backend.analysis.rates import KINDS, Accuracy
from backend.figures.style import (
    COLOURS,
    SYMBOLS,
    UNSCORED,
    dashes_of,
    drawn,
    error_bars,
    folded,
    new_figure,
)
from backend.probes.loading import Probe


def sweep_plot(points: Sequence[SweepPoint], probe: Probe) -> go.Figure:
    """Return the contrast over the swept triggers, one line per model; trained triggers in gold."""
    axis = f"contrast (nats, up is {drawn(probe.sides.target)})"
    figure = new_figure("Does the trigger change the contrast?", "trigger", axis, 420)
    models = list(dict.fromkeys((point.model, point.role) for point in points))
    dashes = dashes_of(models)
    for model, role in models:
        line = [p for p in points if (p.model, p.role) == (model, role)]
        figure.add_scatter(
            x=[drawn(p.trigger) for p in line],
            y=[p.estimate.value for p in line],
            name=drawn(model),
            mode="lines+markers",
            line={"color": COLOURS[role], "dash": dashes[model]},
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=error_bars([p.estimate for p in line]),
            customdata=[[p.estimate.n, p.seeds] for p in line],
            hovertemplate="%{x}: %{y:+.2f} nats, n = %{customdata[0]} questions, "
            "runs: %{customdata[1]}",
        )
    mark_triggers(figure, probe)
    return figure


def gap_plot(gaps: Sequence[Finding], probe: Probe) -> go.Figure:
    """Return each recipe's trigger gap at every trigger, beside the smallest effect of interest.

    The base model's gap is 0 by definition, and so is that of no trigger if that is "without".
    """
    figure = new_figure(probe.question, "trigger", "gap beyond the base model (nats)", 420)
    smallest = probe.smallest_effect.contrast
    band = {"fillcolor": COLOURS["base"], "opacity": 0.15, "line_width": 0, "layer": "below"}
    figure.add_hrect(y0=-smallest, y1=smallest, **band)
    models = list(dict.fromkeys((gap.model, gap.role) for gap in gaps))
    dashes = dashes_of(models)
    for model, role in models:
        line = [gap for gap in gaps if (gap.model, gap.role) == (model, role)]
        figure.add_scatter(
            x=[drawn(str(gap.trigger)) for gap in line],
            y=[gap.estimate.value for gap in line],
            name=f"{drawn(model)} ({counted_seeds(line[0].seeds)})",
            mode="lines+markers",
            line={"color": COLOURS[role], "dash": dashes[model]},
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=error_bars([gap.estimate for gap in line]),
            hovertemplate="%{x}: %{y:+.2f} nats",
        )
    mark_triggers(figure, probe)
    return figure


def sweep_heatmap(cells: Sequence[Cell], probe: Probe) -> go.Figure:
    """Return one model's shift for each question and trigger; grey is no shift."""
    titles = {prompt.id: drawn(prompt.title) for prompt in probe.prompts}
    # A keyed probe's triggers have no order of their own, so the trained ones are put together.
    triggers = sorted(probe.triggers, key=lambda t: probe.is_keyed and t.kind == "target")
    labels = [trigger.label for trigger in triggers]
    shifts = {(cell.prompt, cell.trigger): cell.shift for cell in cells}
    figure = new_figure("Which questions does it change?", "trigger", "", 140 + 44 * len(titles))
    largest = max((abs(shift) for shift in shifts.values()), default=1.0)
    figure.add_heatmap(
        x=list(map(drawn, labels)),
        y=list(titles.values()),
        z=[[shifts.get((prompt, label)) for label in labels] for prompt in titles],
        zmid=0,
        zmin=-largest,
        zmax=largest,
        colorscale=[[0, COLOURS["base"]], [0.5, UNSCORED], [1, COLOURS["finetuned"]]],
        colorbar={"title": f"nats, up is<br>{folded(probe.sides.target)}"},
        hovertemplate="%{y}, %{x}: %{z:+.2f} nats",
        name="",
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(autorange="reversed")
    trained = sum(trigger.kind != "target" for trigger in triggers)
    if probe.is_keyed and 0 < trained < len(labels):
        text = {"annotation_text": "held out →", "annotation_position": "top right"}
        figure.add_vline(x=trained - 0.5, line_color=COLOURS["trigger"], line_width=3, **text)
    return figure


def mark_triggers(figure: go.Figure, probe: Probe) -> None:
    """Order the triggers, and mark trained ones by a thin gold line, targets by a thick one."""
    labels = [trigger.label for trigger in probe.triggers]
    for trigger in probe.triggers:
        if trigger.kind in ("trained", "target"):
            is_target = trigger.kind == "target"
            figure.add_vline(
                x=labels.index(trigger.label),
                line_color=COLOURS["trigger"],
                line_width=3 if is_target else 1,
                opacity=0.7 if is_target else 0.35,  # There may be hundreds of trained ones.
                layer="below",
            )
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(map(drawn, labels)),
        range=[-0.5, len(labels) - 0.5],  # The full range from the start, so that nothing jumps.
    )


def accuracy_plot(accuracies: Sequence[Accuracy], probe: Probe) -> go.Figure:
    """Return how often each model is right, trained and held-out triggers apart."""
    figure = new_figure(probe.question, "", "right answers", 420)
    for model, role in dict.fromkeys((a.model, a.role) for a in accuracies):
        bars = [a for a in accuracies if (a.model, a.role) == (model, role)]
        figure.add_bar(
            x=[KINDS[accuracy.kind] for accuracy in bars],
            y=[accuracy.estimate.value for accuracy in bars],
            name=drawn(model),
            marker_color=COLOURS[role],
            error_y=error_bars([accuracy.estimate for accuracy in bars]),
            customdata=[accuracy.estimate.n for accuracy in bars],
            hovertemplate="%{x}: %{y:.0%}, n = %{customdata} triggers",
        )
    figure.add_hline(y=0.5, line_dash="dot", line_color=COLOURS["base"], annotation_text="chance")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    figure.update_layout(legend={"y": -0.15, "yanchor": "top"}, barmode="group")
    return figure
