"""A download whose file is made when it is requested."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from components.text import plain


def download_button(
    label: str,
    make: Callable[[], bytes | str],
    name: str,
    mime: str,
    *,
    key: str | None = None,
    help: str | None = None,
    disabled: bool = False,
    type: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Draw a download whose file is made when it is requested."""
    st.download_button(
        plain(label),
        make,
        name,
        mime,
        key=key,
        icon=":material/download:",
        on_click="ignore",
        help=plain(help) if help else None,
        disabled=disabled,
        type=type,
    )
