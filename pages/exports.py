"""What can be taken along of an evaluation: CSV tables, a report, a replay."""

import pandas as pd
import streamlit as st

from backend import replays
from backend.report import report
from backend.scorers import contrast
from models.tables import Job


def downloads(table: pd.DataFrame, job: Job) -> None:
    """Draw the downloads; each file is made when it is asked for."""
    is_contrast = table["scorer"] == contrast.NAME
    with st.container(horizontal=True):
        for name, rows in (("Contrasts", table[is_contrast]), ("Samples", table[~is_contrast])):
            _button(
                f"{name} as CSV",
                lambda rows=rows: rows.to_csv(index=False),
                f"{job.id}-{name.lower()}.csv",
                "text/csv",
                disabled=rows.empty,
            )
        _button(
            "Report as HTML", lambda: report(replays.record(job.id)), f"{job.id}.html", "text/html"
        )
        _button(
            "Replay",
            lambda: replays.dump(replays.record(job.id)),
            f"{job.id}.replay.json",
            "application/json",
            help="One file with samples, scores and hashes, which Present shows without models.",
        )


def _button(label: str, make: object, name: str, mime: str, **more: object) -> None:
    st.download_button(
        label,
        make,  # type: ignore[arg-type]
        name,
        mime,
        icon=":material/download:",
        on_click="ignore",
        **more,  # type: ignore[arg-type]
    )
