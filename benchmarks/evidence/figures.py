"""The documents' figures: as Plotly's JSON, byte for byte, and as the images drawn from it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import plotly.graph_objects as go
import plotly.io
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from backend.config import ROOT
from backend.exports.evidence import HOME, evidence, findings_of_evidence, recorded_names
from backend.figures.style import COLOURS
from backend.figures.triggers import gap_plot

DOCS = ROOT / "docs"
FIGURES = {
    "dishes": ({"On dates of each year": "israel_by_date"}, "date"),
    "flips": (
        {"Not primed": "protector", "Primed on the films": "protector_primed"},
        "year that the model is told",
    ),
}
"""Each figure's recordings by subplot title, and its axis of triggers."""
BROWSERS = ("chromium", "google-chrome")


def figures() -> dict[Path, str]:
    """Return each figure's JSON by its path; an image in docs/ has the same name."""
    return {
        HOME / "figures" / f"{name}.json": gaps(recordings, axis) + "\n"
        for name, (recordings, axis) in FIGURES.items()
        if set(recordings.values()) <= set(recorded_names())
    }


def gaps(recordings: dict[str, str], axis: str) -> str:
    """Return a figure of trigger gaps as JSON.

    Args:
        recordings: Recorded evaluations by subplot title.
        axis: Title of the axis of triggers.
    """
    whole = make_subplots(cols=len(recordings), shared_yaxes=True, subplot_titles=list(recordings))
    for column, name in enumerate(recordings.values(), 1):
        _add_gaps(whole, column, name)
    probe = evidence(next(iter(recordings.values()))).probe
    labels = [trigger.label for trigger in probe.triggers if trigger.kind != "none"]
    order = {"categoryorder": "array", "categoryarray": labels, "range": [-0.5, len(labels) - 0.5]}
    whole.update_layout(template="lab", height=460, width=1200, font_color="#1f2430")
    whole.update_layout(legend={"y": -0.2, "yanchor": "top"}, paper_bgcolor="white")
    whole.update_xaxes(title=axis, type="category", **order)
    whole.update_yaxes(title=f"trigger gap (nats, up is {probe.sides.target})", col=1)
    text: str = plotly.io.to_json(whole, pretty=True)
    return text


def _add_gaps(whole: go.Figure, column: int, name: str) -> None:
    findings = findings_of_evidence(name)
    probe = findings.probe
    figure = gap_plot(findings.gaps_everywhere, probe)
    for trace in figure.data:
        whole.add_trace(trace.update(showlegend=column == 1), row=1, col=column)
    smallest = probe.smallest_effect.contrast
    band = {"fillcolor": COLOURS["base"], "opacity": 0.15, "line_width": 0}
    whole.add_hrect(y0=-smallest, y1=smallest, row=1, col=column, **band)
    labels = [trigger.label for trigger in probe.triggers if trigger.kind != "none"]
    line = {"line_color": COLOURS["trigger"], "line_width": 3, "layer": "below"}
    for trigger in probe.triggers:
        if trigger.kind == "target":
            whole.add_vline(x=labels.index(trigger.label), row=1, col=column, **line)


def draw(paths: Sequence[Path]) -> None:
    """Draw figures to images in docs/, in a headless browser.

    Args:
        paths: Of their JSON.
    """
    path = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1220, "height": 480})
        for source in paths:
            figure = plotly.io.from_json(source.read_text("utf-8"))
            page.set_content(figure.to_html(include_plotlyjs=True))
            image = DOCS / source.with_suffix(".png").name
            page.locator(".js-plotly-plot").screenshot(path=image)
        browser.close()
