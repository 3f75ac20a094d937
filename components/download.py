"""A download whose file is made when it is requested."""

from collections.abc import Callable
from typing import Literal

import streamlit as st


def download_button(
    label: str,
    make: Callable[[], bytes | str],
    name: str,
    mime: str,
    *,
    help: str | None = None,
    disabled: bool = False,
    type: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Draw a download whose file is made when it is requested."""
    st.download_button(
        label,
        make,
        name,
        mime,
        icon=":material/download:",
        on_click="ignore",
        help=help,
        disabled=disabled,
        type=type,
    )
