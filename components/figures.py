"""Figures as pages draw them."""

from collections.abc import Callable
from html import unescape

import plotly.graph_objects as go
import streamlit as st

from components.text import plain

CONFIG = {"modeBarButtons": [["toImage"]], "displaylogo": False}
"""Only the download of a picture: each button of the toolbar is a stop for the Tab key."""
MARGIN = 16
"""Pixels above a plot without a title."""


def plot(
    figure: go.Figure, key: str, titled: bool = True, on_select: Callable[[], None] | None = None
) -> None:
    """Draw a figure below its title, which wraps to any width as text; Plotly's own does not.

    Args:
        figure: The figure, whose own title is removed.
        key: The element's key.
        titled: Whether to draw the title: not where a heading above says the same.
        on_select: Called when a point is clicked.
    """
    if titled:
        title = plain(title_of(figure))
        st.markdown(f"**{title}**")
    name = title_of(figure)
    figure.update_layout(title=None, margin_t=MARGIN)
    st.plotly_chart(
        figure,
        key=key,
        on_select=on_select or "ignore",
        selection_mode="points",
        config=CONFIG,
        alt=name,
    )


def title_of(figure: go.Figure) -> str:
    """Return a figure's title as text, which is its name for screen readers."""
    return unescape(figure.layout.title.text.replace("<br>", " "))
