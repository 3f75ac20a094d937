"""Tables of which one row is chosen, by a click anywhere in it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from components.text import cells


def chosen_row(
    rows: Sequence[Mapping[str, Any]], key: str, columns: Mapping[str, ColumnConfig] | None = None
) -> int | None:
    """Draw a table and return the place of the chosen row, counted from 0; None if none is.

    Args:
        rows: Cells by the names of their columns.
        key: Of the table, in the page.
        columns: How the columns are drawn, by name.
    """
    event = st.dataframe(
        cells(rows),
        hide_index=True,
        on_select="rerun",
        # The box alone is small, and a click beside it would do nothing.
        selection_mode=["single-row", "single-cell"],
        key=key,
        column_config=columns,
    )
    clicked, ticked = event["selection"]["cells"], event["selection"]["rows"]
    place = clicked[0][0] if clicked else ticked[0] if ticked else None
    return place if place is not None and place < len(rows) else None
