"""Style of the Plotly figures. One meaning has one colour, here and on every page."""

from collections.abc import Iterable, Sequence
from html import escape
from textwrap import wrap

import plotly.graph_objects as go
import plotly.io as pio

from backend.analysis.statistics import Estimate
from backend.text import shortened, visible

COLOURS = {"base": "#708090", "finetuned": "#d03f5a", "control": "#2f6fb5", "trigger": "#d4a017"}
UNSCORED = "#e5e7eb"
LONGEST = 300
"""Characters of a text in a figure at most."""
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


def drawn(text: str) -> str:
    """Return text of others as Plotly draws it literally: it would read tags and links in it."""
    return escape(visible(shortened(text, LONGEST)), quote=False)


def new_figure(title: str, x: str, y: str, height: int) -> go.Figure:
    """Return an empty figure in the lab's style.

    Args:
        title: Any text.
        x: Of the axis, as Plotly reads it, with text of others as `drawn` or `folded`.
        y: The same.
        height: In pixels.
    """
    figure = go.Figure()
    figure.update_layout(template="lab", title=folded(title, TITLE), height=height)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return figure


def symbols_of(models: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return each model's mark: its role's, hollow for every second one of a role."""
    counts = dict.fromkeys(SYMBOLS, 0)
    symbols = {}
    for model, role in models:
        symbols[model] = SYMBOLS[role] if counts[role] % 2 == 0 else f"{SYMBOLS[role]}-open"
        counts[role] += 1
    return symbols


def error_bars(estimates: Sequence[Estimate]) -> dict[str, object]:
    """Return intervals in Plotly's form; of length 0 for an estimate without one."""
    above = [0.0 if e.high is None else e.high - e.value for e in estimates]
    below = [0.0 if e.low is None else e.value - e.low for e in estimates]
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1.5}


DASHES = ("solid", "dot", "dash")


def dashes_of(models: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return each model's dash, by role and name, so that it is the same in every plot."""
    order = sorted(set(models), key=lambda model: (list(COLOURS).index(model[1]), model[0]))
    tuned = [model for model, role in order if role != "base"]
    bases = dict.fromkeys((model for model, role in order if role == "base"), DASHES[0])
    return bases | {model: DASHES[place % len(DASHES)] for place, model in enumerate(tuned)}


def folded(name: str, longest: int = 36) -> str:
    """Return a text in lines that fit the axis of a phone's plot."""
    return "<br>".join(map(drawn, wrap(shortened(name, LONGEST), longest)))


ROW, LABEL = 56, 24
"""Pixels of a row in the matrix, and of its name above the fields."""


def write_above(figure: go.Figure, row: str, pixels: float) -> None:
    """Write a row's name above it, since a phone has no room beside it."""
    figure.add_annotation(
        text=drawn(row),
        x=0,
        y=drawn(row),
        xref="paper",
        xanchor="left",
        yshift=pixels,
        showarrow=False,
        font={"size": 12},
    )


def faint(colour: str) -> str:
    """Return a translucent form of a colour, which the legend shows as well."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.3)"
