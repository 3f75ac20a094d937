"""A text of any length, such as an answer, drawn literally."""

import streamlit as st

from components.download import download_button
from components.text import PASSAGE, start_of


def passage(text: str, key: str) -> None:
    """Draw a text as it is; of a very long one the beginning, and the whole as a download.

    Args:
        text: What a model, a file or a person wrote.
        key: Of the place on the page where it is drawn.
    """
    st.text(start_of(text))
    rest(text, key)


def rest(text: str, key: str) -> None:
    """Draw how much of a very long text is not shown, and the download of the whole."""
    left_out = len(text) - PASSAGE
    if left_out > 0:
        st.caption(f"{left_out:,} more characters are not shown.")
        download_button("Whole text", text, "text.txt", "text/plain", key=f"whole-{key}")
