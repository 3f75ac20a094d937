"""Downloads, most of which are made when they are requested."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from components.text import plain


def download_button(
    label: str,
    file: Callable[[], bytes | str] | str,
    name: str,
    mime: str,
    *,
    key: str | None = None,
    help: str | None = None,
    disabled: bool = False,
    type: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Draw a download.

    Args:
        label: The button's.
        file: Makes the file when it is requested; or a text that is there anyway, which can be
            requested also while the page is drawn again.
        name: The file's.
        mime: Its type.
        key: The button's.
        help: What the button's tooltip says.
        disabled: Whether there is nothing to download.
        type: How the button looks.
    """
    st.download_button(
        plain(label),
        file,
        name,
        mime,
        key=key,
        icon=":material/download:",
        on_click="ignore",
        help=plain(help) if help else None,
        disabled=disabled,
        type=type,
    )
