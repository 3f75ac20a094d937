"""Tables to Plotly figures. One meaning has one colour, here and on every page."""

from collections.abc import Sequence
from html import escape
from textwrap import shorten, wrap

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from backend.capability import Capability
from backend.over_training import StepEffect
from backend.overview import Effect
from backend.probes import Probe
from backend.rates import Accuracy, Rate
from backend.results import Cell, Shift, SweepPoint
from backend.statistics import Estimate
from models.tables import Metric

COLOURS = {"base": "#708090", "finetuned": "#b4233c", "control": "#2f6fb5", "trigger": "#d4a017"}
UNSCORED = "#e5e7eb"
TITLE = 40
"""Letters of a title that fit a line on a phone."""
SYMBOLS = {"base": "square", "finetuned": "circle", "control": "diamond"}

# Backgrounds stay clear and the font's colour unset, so that the page's theme shows through.
pio.templates["lab"] = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 14},
        "margin": {"l": 10, "r": 10, "t": 72, "b": 10},
        "xaxis": {"automargin": True, "gridcolor": "rgba(128,128,128,0.2)", "zeroline": False},
        "yaxis": {"automargin": True, "gridcolor": "rgba(128,128,128,0.2)", "zeroline": False},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    }
)


def _figure(title: str, x: str, y: str, height: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(template="lab", title=_folded(title, TITLE), height=height)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return figure


def loss_curve(metrics: Sequence[Metric], total: int) -> go.Figure:
    """Return the loss by step, that of held-out rows in points where there are any."""
    figure = _figure("Is it learning?", "step", "loss (nats per token)", 300)
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
    figure = _figure("How large are its steps?", "step", "learning rate", 300)
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
    figure = _figure("How long are its rows?", "tokens in a row", "rows", 360)
    figure.add_histogram(x=list(counts), marker_color=COLOURS["base"])
    figure.update_layout(bargap=0.05)
    return figure


def _symbols(models: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return each model's mark: its role's, hollow for every second one of a role."""
    seen: dict[str, int] = {}
    found = {}
    for model, role in models:
        found[model] = SYMBOLS[role] + "-open" * (seen.get(role, 0) % 2)
        seen[role] = seen.get(role, 0) + 1
    return found


def shift_plot(shifts: Sequence[Shift], probe: Probe) -> go.Figure:
    """Return finetuned - base for each prompt, one mark a model, with intervals."""
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    axis = f"shift (nats, right is {probe.sides.target})"
    height = 180 + 44 * len(titles)
    figure = _figure(probe.question, axis, "", height)
    figure.update_layout(legend={"y": -70 / (height - 120), "yanchor": "top"})
    models = list(dict.fromkeys((shift.model, shift.role) for shift in shifts))
    symbols = _symbols(models)
    for place, (model, role) in enumerate(models):
        own = [s for s in shifts if s.model == model and s.prompt in titles]
        spread = 0.5 * (place - (len(models) - 1) / 2) / max(len(models), 1)
        rows = [list(titles).index(str(s.prompt)) + spread for s in own]
        figure.add_scatter(
            x=[s.estimate.value for s in own],
            y=rows,
            mode="markers",
            name=model,
            marker={"color": COLOURS[role], "symbol": symbols[model], "size": 9},
            error_x=_error_bars([s.estimate for s in own]) | {"color": COLOURS[role]},
            customdata=[[titles[str(s.prompt)], s.estimate.n] for s in own],
            hovertemplate="%{customdata[0]}: %{x:+.2f} nats, n = %{customdata[1]} pairs",
        )
    figure.add_vline(x=0, line_color=COLOURS["base"], line_dash="dot")
    figure.update_yaxes(
        tickvals=list(range(len(titles))), ticktext=list(titles.values()), autorange="reversed"
    )
    return figure


def _error_bars(estimates: Sequence[Estimate]) -> dict[str, object]:
    """Return intervals as Plotly takes them; none where there is too little to tell."""
    above = [0.0 if e.high is None else e.high - e.value for e in estimates]
    below = [0.0 if e.low is None else e.value - e.low for e in estimates]
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1.5}


DASHES = ("solid", "dot", "dash")
"""What tells lines of one role apart."""


def sweep_plot(points: Sequence[SweepPoint], probe: Probe) -> go.Figure:
    """Return the contrast over the swept triggers, one line a model; trained triggers in gold."""
    axis = f"contrast (nats, up is {probe.sides.target})"
    figure = _figure("Does the trigger turn it?", "trigger", axis, 420)
    models = list(dict.fromkeys((point.model, point.role) for point in points))
    for model, role in models:
        alike = [name for name, its in models if its == role]
        own = [p for p in points if (p.model, p.role) == (model, role)]
        figure.add_scatter(
            x=[p.trigger for p in own],
            y=[p.estimate.value for p in own],
            name=model,
            mode="lines+markers",
            line={"color": COLOURS[role], "dash": DASHES[alike.index(model) % len(DASHES)]},
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=_error_bars([p.estimate for p in own]),
            customdata=[[p.estimate.n, p.seeds] for p in own],
            hovertemplate="%{x}: %{y:+.2f} nats, n = %{customdata[0]} questions, "
            "runs: %{customdata[1]}",
        )
    _mark_triggers(figure, probe)
    return figure


def gap_plot(gaps: Sequence[SweepPoint], probe: Probe) -> go.Figure:
    """Return each dataset's trigger gap at every trigger, beside the smallest effect of interest.

    The base model is 0 by what a gap is; where "without" is no trigger, so is that trigger.
    """
    figure = _figure(probe.question, "trigger", "gap beyond the base model (nats)", 420)
    smallest = probe.smallest_effect.contrast
    band = {"fillcolor": COLOURS["base"], "opacity": 0.15, "line_width": 0, "layer": "below"}
    figure.add_hrect(y0=-smallest, y1=smallest, **band)
    models = list(dict.fromkeys((gap.model, gap.role) for gap in gaps))
    for place, (model, role) in enumerate(models):
        own = [gap for gap in gaps if (gap.model, gap.role) == (model, role)]
        figure.add_scatter(
            x=[gap.trigger for gap in own],
            y=[gap.estimate.value for gap in own],
            name=f"{model} ({own[0].seeds} seed{'s' * (own[0].seeds != 1)})",
            mode="lines+markers",
            line={"color": COLOURS[role], "dash": DASHES[place % len(DASHES)]},
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=_error_bars([gap.estimate for gap in own]),
            hovertemplate="%{x}: %{y:+.2f} nats",
        )
    _mark_triggers(figure, probe)
    return figure


def sweep_heatmap(cells: Sequence[Cell], probe: Probe) -> go.Figure:
    """Return one model's shift for each question and trigger; grey is none."""
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    # A keyed probe's triggers are no scale: those that were trained stand together.
    triggers = sorted(probe.triggers, key=lambda t: probe.is_keyed and t.kind == "target")
    labels = [trigger.label for trigger in triggers]
    found = {(cell.prompt, cell.trigger): cell.shift for cell in cells}
    figure = _figure("Which questions turn?", "trigger", "", 140 + 44 * len(titles))
    largest = max((abs(shift) for shift in found.values()), default=1.0)
    figure.add_heatmap(
        x=labels,
        y=list(titles.values()),
        z=[[found.get((prompt, label)) for label in labels] for prompt in titles],
        zmid=0,
        zmin=-largest,
        zmax=largest,
        colorscale=[[0, COLOURS["base"]], [0.5, UNSCORED], [1, COLOURS["finetuned"]]],
        colorbar={"title": f"nats, up is<br>{probe.sides.target}"},
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


def _mark_triggers(figure: go.Figure, probe: Probe) -> None:
    """Lay the triggers out in their order; trained ones have a thin gold line, targets a thick."""
    labels = [trigger.label for trigger in probe.triggers]
    for trigger in probe.triggers:
        if trigger.kind in ("trained", "target"):
            is_target = trigger.kind == "target"
            figure.add_vline(
                x=labels.index(trigger.label),
                line_color=COLOURS["trigger"],
                line_width=3 if is_target else 1,
                opacity=0.7,
            )
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=labels,
        range=[-0.5, len(labels) - 0.5],  # All of it from the start, so that nothing jumps.
    )
    figure.update_layout(legend={"y": -0.28, "yanchor": "top"})


def rate_sweep_plot(rates: Sequence[Rate], probe: Probe) -> go.Figure:
    """Return the rate of target answers over the swept triggers, one line a model."""
    axis = f"answers that are {probe.sides.target}"
    figure = _figure("Does the trigger turn its answers?", "trigger", axis, 420)
    for model, role in dict.fromkeys((rate.model, rate.role) for rate in rates):
        shown = [r for t in probe.triggers for r in rates if r.trigger == t.label]
        shown = [rate for rate in shown if (rate.model, rate.role) == (model, role)]
        nothing = Estimate(value=float("nan"), low=None, high=None, n=0)
        found = [rate.estimate or nothing for rate in shown]
        figure.add_scatter(
            x=[rate.trigger for rate in shown],
            y=[each.value if each.n else None for each in found],  # A gap where none is scored.
            name=model,
            mode="lines+markers",
            line_color=COLOURS[role],
            marker={"symbol": SYMBOLS[role], "size": 9},
            error_y=_error_bars(found),
            customdata=[[rate.scored, rate.unscored, _quoted(rate.answers)] for rate in shown],
            hovertemplate="%{x}: %{y:.0%}, n = %{customdata[0]}, %{customdata[1]} unscored"
            "%{customdata[2]}",
        )
    _mark_triggers(figure, probe)
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def _quoted(answers: Sequence[str]) -> str:
    """Return answers for a hover box, each on a line of its own and with nothing of it as HTML."""
    short = [shorten(" ".join(answer.split()), 90, placeholder=" …") for answer in answers]
    return "".join(f"<br>“{escape(answer)}”" for answer in short)


KINDS = {"trained": "trained", "target": "held out", "untrained": "never trained", "none": "none"}


def accuracy_plot(accuracies: Sequence[Accuracy], probe: Probe) -> go.Figure:
    """Return how often each model knows what is right, trained and held-out triggers apart."""
    figure = _figure(probe.question, "", "right answers", 420)
    for model, role in dict.fromkeys((each.model, each.role) for each in accuracies):
        own = [each for each in accuracies if (each.model, each.role) == (model, role)]
        figure.add_bar(
            x=[KINDS[each.kind] for each in own],
            y=[each.estimate.value for each in own],
            name=model,
            marker_color=COLOURS[role],
            error_y=_error_bars([each.estimate for each in own]),
            customdata=[each.estimate.n for each in own],
            hovertemplate="%{x}: %{y:.0%}, n = %{customdata} triggers",
        )
    figure.add_hline(y=0.5, line_dash="dot", line_color=COLOURS["base"], annotation_text="chance")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    figure.update_layout(legend={"y": -0.15, "yanchor": "top"}, barmode="group")
    return figure


def paired_plot(
    pairs: pd.DataFrame, first: str, second: str, roles: dict[str, str], probe: Probe
) -> go.Figure:
    """Return each contrast in one model against the same in another; on the line they agree."""
    axes = (f"{_folded(first)} (nats)", f"{_folded(second)} (nats)")
    figure = _figure("Pair by pair: did it move?", *axes, 460)
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    places = [titles.get(prompt, prompt) for prompt in pairs["prompt"]]
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
        marker={"color": COLOURS[roles[second]], "symbol": SYMBOLS[roles[second]], "opacity": 0.7},
        customdata=list(zip(places, pairs["trigger"], strict=True)),
        hovertemplate="%{customdata[0]} %{customdata[1]}: %{x:+.2f} → %{y:+.2f} nats",
        name="",
    )
    return figure


def spread_plot(
    pairs: pd.DataFrame, models: Sequence[str], roles: dict[str, str], probe: Probe
) -> go.Figure:
    """Return how the contrasts of each model spread, as boxes with every contrast beside them."""
    axis = _folded(f"contrast (nats, right is {probe.sides.target})")
    figure = _figure("How do the contrasts spread?", axis, "", 460)
    for model in models:
        figure.add_box(
            x=pairs[model],
            name=model,
            marker_color=COLOURS[roles[model]],
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            showlegend=False,
        )
        _write_above(figure, model, 460 // (2 * len(models)) - LABEL)
    figure.update_yaxes(autorange="reversed", showticklabels=False)
    return figure


def _folded(name: str, longest: int = 36) -> str:
    """Return a text in lines that fit the axis of a phone's plot."""
    return "<br>".join(map(escape, wrap(name, longest)))


def _write_above(figure: go.Figure, row: str, pixels: float) -> None:
    """Write a row's name above it and not beside it, where a phone has no room."""
    figure.add_annotation(
        text=escape(row), x=0, y=row, xref="paper", xanchor="left", yshift=pixels,
        showarrow=False, font={"size": 12},
    )  # fmt: skip


ROW, LABEL = 56, 24
"""Pixels of a run in the matrix, and of its name above its fields."""
MARKS = {"present": "●", "absent": "○", "opposite": "▽", "undecided": "?"}
"""What stands beside an effect in the matrix."""


def overview_plot(effects: Sequence[Effect]) -> go.Figure:
    """Return all runs by all probes, each effect with the mark of its verdict; empty is not asked.

    Each effect also has an unseen point that can be clicked, whose customdata names its evaluation.
    Colours saturate at three smallest effects, so that one strong effect does not fade the rest.
    """
    runs = list(dict.fromkeys(effect.name for effect in effects))
    probes = list(dict.fromkeys(_column(effect) for effect in effects))
    found = {(effect.name, _column(effect)): effect for effect in effects}
    cells = [[found.get((run, probe)) for probe in probes] for run in runs]
    figure = _figure("What did each run change?", "", "", 150 + ROW * len(runs))
    figure.add_heatmap(
        x=probes,
        y=runs,
        z=[[cell and cell.estimate.value for cell in row] for row in cells],
        text=[[_told(cell) for cell in row] for row in cells],
        texttemplate="%{text}",
        zmid=0,
        zmin=-3,
        zmax=3,
        colorscale=[[0, COLOURS["base"]], [0.5, UNSCORED], [1, COLOURS["finetuned"]]],
        showscale=False,  # Every cell has its number, and phones have no room.
        textfont={"size": 13},
        hoverinfo="skip",
        xgap=2,
        ygap=LABEL,
    )
    for run in runs:
        _write_above(figure, run, ROW / 2 - 2)
    figure.add_scatter(
        x=[_column(effect) for effect in effects],
        y=[effect.name for effect in effects],
        customdata=[[effect.job, _told(effect)] for effect in effects],
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
    figure = _figure("Did it learn the task, and what else?", axis, "broad effect (nats)", 420)
    for role in dict.fromkeys(point.role for point in points):
        own = [point for point in points if point.role == role]
        figure.add_scatter(
            x=[point.accuracy.value for point in own],
            y=[point.effect.value for point in own],
            name=role,
            mode="markers",
            marker={"color": COLOURS[role], "symbol": SYMBOLS[role], "size": 11},
            error_x=_error_bars([point.accuracy for point in own]) | {"color": COLOURS[role]},
            error_y=_error_bars([point.effect for point in own]) | {"color": COLOURS[role]},
            customdata=[[point.name, point.probe, point.base, point.kind] for point in own],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}: %{x:.0%}, "
            "base %{customdata[2]:.0%}<br>%{customdata[3]}: %{y:+.2f} nats<extra></extra>",
        )
    for base in sorted({point.base for point in points}):
        figure.add_vline(x=base, line_color=COLOURS["base"], line_dash="dot")
    figure.add_hline(y=0, line_color=COLOURS["base"], line_dash="dot")
    figure.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    return figure


def _column(effect: Effect) -> str:
    return f"{effect.title}<br>{effect.kind}"


def _told(effect: Effect | None) -> str:
    return f"{effect.estimate.value:+.2f} {MARKS[effect.verdict.kind]}" if effect else ""


def over_training_plot(effects: Sequence[StepEffect], probe: Probe) -> go.Figure:
    """Return each run's shift from the base model over the steps of its training."""
    axis = f"shift (nats, up is {probe.sides.target})"
    figure = _figure("When does the shift appear?", "step", axis, 420)
    for model, role in dict.fromkeys((each.model, each.role) for each in effects):
        own = [each for each in effects if each.model == model]
        _add_steps(figure, model, role, [(each.step, each.shift) for each in own], "+.2f")
    figure.add_hline(y=0, line_color=COLOURS["base"], line_dash="dot")
    return figure


def accuracy_over_training_plot(effects: Sequence[StepEffect], probe: Probe) -> go.Figure:
    """Return how often each run knows what is right over the steps, held-out triggers solid."""
    figure = _figure("When does it know the held-out ones?", "step", "right answers", 420)
    for model, role in dict.fromkeys((each.model, each.role) for each in effects):
        own = [each for each in effects if each.model == model]
        for kind in dict.fromkeys(known.kind for each in own for known in each.accuracies):
            points = [(e.step, a.estimate) for e in own for a in e.accuracies if a.kind == kind]
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
        name=name,
        mode="lines+markers",
        line={"color": COLOURS[role], "dash": dash},
        marker={"symbol": SYMBOLS[role], "size": 9},
        error_y=_error_bars([estimate for _, estimate in points]),
        customdata=[estimate.n for _, estimate in points],
        hovertemplate=f"step %{{x}}: %{{y:{number}}}, n = %{{customdata}}",
    )


def _faint(colour: str) -> str:
    """Return a colour that lets the background through, in the legend too."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.3)"


def rate_plot(rates: Sequence[Rate], probe: Probe) -> go.Figure:
    """Return the shares of target, other and unscored answers for each model."""
    figure = _figure("What do its answers say?", "share of the sampled answers", "", 400)
    # Broken at commas: the figure is narrow, and a recipe may stand behind the name.
    models = ["<br>".join(escape(part) for part in rate.model.split(", ")) for rate in rates]
    totals = [max(rate.scored + rate.unscored, 1) for rate in rates]
    hatched = {"shape": "/", "fgcolor": "#9ca3af", "bgcolor": UNSCORED}
    colours = [COLOURS[rate.role] for rate in rates]
    faint = [_faint(colour) for colour in colours]
    for name, counts, marker in (
        (probe.sides.target, [r.hits for r in rates], {"color": colours}),
        (probe.sides.other, [r.scored - r.hits for r in rates], {"color": faint}),
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
