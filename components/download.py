"""A download whose file is made when it is asked for."""

import streamlit as st


def download_button(label: str, make: object, name: str, mime: str, **more: object) -> None:
    """Draw a download whose file is made when it is asked for."""
    st.download_button(
        label,
        make,  # type: ignore[arg-type]
        name,
        mime,
        icon=":material/download:",
        on_click="ignore",
        **more,  # type: ignore[arg-type]
    )
