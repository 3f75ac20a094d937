"""Downloads of an evaluation: its tables, report, replay and logs."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from backend.analysis.findings import Findings
from backend.evaluation.scorers import contrast
from backend.exports import inspect_log, replays
from backend.exports.csv_file import to_csv
from backend.exports.report import report
from backend.exports.tables import contrasts_of, file_name, samples_of, scores_of
from components.download import download_button
from models.tables import Job


def downloads(findings: Findings, job: Job) -> None:
    """Draw the downloads; each file is made when it is requested."""
    name = partial(file_name, findings, job.id)
    is_contrast = findings.table["scorer"] == contrast.NAME
    tables = (
        ("Contrasts", contrasts_of, is_contrast.any()),
        ("Samples", samples_of, not is_contrast.all()),
    )
    with st.container(horizontal=True):
        for title, table_of, has_any in tables:
            download_button(
                f"{title} as CSV",
                partial(_csv, table_of, findings),
                name(f"{title.lower()}.csv"),
                "text/csv",
                disabled=not has_any,
                help=None if has_any else f"This evaluation has no {title.lower()}.",
            )
        download_button(
            "Report as HTML",
            lambda: report(replays.record(job.id)),
            name("report.html"),
            "text/html",
        )
        download_button(
            "Replay",
            lambda: replays.dump(replays.record(job.id)),
            name("replay.json"),
            "application/json",
            help="One file with samples, scores and hashes, which Present can show without models.",
        )
        with st.popover("More", icon=":material/more_horiz:"):
            download_button(
                "All scores as Parquet",
                lambda: scores_of(findings).to_parquet(index=False),
                name("scores.parquet"),
                "application/vnd.apache.parquet",
            )
            download_button(
                "All scores as JSONL",
                lambda: scores_of(findings).to_json(
                    orient="records", lines=True, force_ascii=False
                ),
                name("scores.jsonl"),
                "application/jsonl",
            )
            download_button(
                "Inspect logs",
                lambda: inspect_log.export(job.id),
                name("inspect.zip"),
                "application/zip",
                disabled=findings.table["sample"].isna().all(),
                help="One .eval file for each model, with its sampled answers, for `inspect view`.",
            )


def _csv(table_of: Callable[[Findings], pd.DataFrame], findings: Findings) -> str:
    return to_csv(table_of(findings))
