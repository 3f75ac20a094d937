"""Downloads of an evaluation: its tables, report, replay and logs."""

from functools import partial

import pandas as pd
import streamlit as st

from backend.analysis.scores import readable
from backend.evaluation.scorers import contrast
from backend.exports import inspect_log, replays
from backend.exports.csv_file import to_csv
from backend.exports.report import report
from backend.plans.standing import columns_of, standing_of
from components.download import download_button
from models.tables import Job


def downloads(table: pd.DataFrame, job: Job) -> None:
    """Draw the downloads; each file is made when it is requested."""
    standing = standing_of(job)
    table = readable(table).assign(**columns_of(standing))
    is_contrast = table["scorer"] == contrast.NAME
    with st.container(horizontal=True):
        for name, rows in (("Contrasts", table[is_contrast]), ("Samples", table[~is_contrast])):
            download_button(
                f"{name} as CSV",
                partial(to_csv, rows),
                f"{job.id}-{name.lower()}.csv",
                "text/csv",
                disabled=rows.empty,
                help=f"This evaluation has no {name.lower()}." if rows.empty else None,
            )
        download_button(
            "Report as HTML", lambda: report(replays.record(job.id)), f"{job.id}.html", "text/html"
        )
        download_button(
            "Replay",
            lambda: replays.dump(replays.record(job.id)),
            f"{job.id}.replay.json",
            "application/json",
            help="One file with samples, scores and hashes, which Present can show without models.",
        )
        with st.popover("More", icon=":material/more_horiz:"):
            download_button(
                "All scores as Parquet",
                lambda: table.to_parquet(index=False),
                f"{job.id}.parquet",
                "application/vnd.apache.parquet",
            )
            download_button(
                "All scores as JSONL",
                lambda: table.to_json(orient="records", lines=True, force_ascii=False),
                f"{job.id}.jsonl",
                "application/jsonl",
            )
            download_button(
                "Inspect logs",
                lambda: inspect_log.export(job.id),
                f"{job.id}-inspect.zip",
                "application/zip",
                disabled=table["sample"].isna().all(),
                help="One .eval file for each model, with its sampled answers, for `inspect view`.",
            )
