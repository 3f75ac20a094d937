"""The line beside an answer that tells what produced it."""

import streamlit as st

from backend.chat.origin import Origin
from components.glossary import explain
from components.text import plain


def origin_line(origin: Origin | None) -> None:
    """Draw what produced an answer, as far as its engine has told."""
    if origin:
        st.caption(plain(origin.text), help=explain("origin of an answer"))
