"""What can be taken along: an evaluation's tables, report, replay and logs; a run's adapter."""

import pandas as pd
import streamlit as st

from backend import adapter_file, inspect_log, replays
from backend.overview import Effect, recorded_effects
from backend.report import report
from backend.scorers import contrast
from models.tables import Job, Run
from pages.verdicts import all_effects


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
                help=f"Nothing there: this evaluation has no {name.lower()}."
                if rows.empty
                else None,
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
        with st.popover("More", icon=":material/more_horiz:"):
            _button(
                "All scores as Parquet", lambda: table.to_parquet(index=False),
                f"{job.id}.parquet", "application/vnd.apache.parquet",
            )  # fmt: skip
            _button(
                "All scores as JSONL",
                lambda: table.to_json(orient="records", lines=True, force_ascii=False),
                f"{job.id}.jsonl", "application/jsonl",
            )  # fmt: skip
            _button(
                "Inspect logs", lambda: inspect_log.export(job.id), f"{job.id}-inspect.zip",
                "application/zip", disabled=table["sample"].isna().all(),
                help="One .eval file a model, which `inspect view` opens; of sampled answers only.",
            )  # fmt: skip


def adapter_download(run: Run) -> None:
    """Draw the download of a run's adapter with its model card."""
    _button(
        "Adapter",
        lambda: adapter_file.pack(run, _effects(run)),
        f"{run.name}.zip",
        "application/zip",
        help="PEFT's files with a model card; PEFT and vLLM load the unpacked folder.",
        type="tertiary",
    )


def _effects(run: Run) -> list[Effect]:
    own = [effect for effect in all_effects() if effect.run == run.id]
    return own or recorded_effects(run)


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
