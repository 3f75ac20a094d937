"""Figures as pages draw them."""

from html import unescape

import plotly.graph_objects as go
import streamlit as st

from components.text import plain

MARGIN = 16
"""Pixels above a plot without a title."""


def plot(figure: go.Figure, key: str, titled: bool = True) -> None:
    """Draw a figure below its title, which wraps to any width as text; Plotly's own does not.

    Args:
        figure: The figure, whose own title is removed.
        key: The element's key.
        titled: Whether to draw the title: not where a heading above says the same.
    """
    if titled:
        title = unescape(figure.layout.title.text.replace("<br>", " "))
        st.markdown(f"**{plain(title)}**")
    figure.update_layout(title=None, margin_t=MARGIN)
    st.plotly_chart(figure, key=key)
