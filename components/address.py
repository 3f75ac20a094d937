"""The address of a page: it names what is shown, unless the page shows that without being told.

Each change of it is an entry of the browser's history. A page that changed its address as soon as
it is opened would take two presses of Back to leave.
"""

import streamlit as st


def keep_in_address(key: str, value: str, by_default: str | None) -> None:
    """Keep what is shown as a query parameter.

    Args:
        key: The parameter.
        value: What is shown.
        by_default: What the page shows without the parameter.
    """
    if value != by_default or key in st.query_params:
        st.query_params[key] = value
