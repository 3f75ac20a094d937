"""Trigger dial: only the trigger changes. Does the answer change with it?"""

import pandas as pd
import streamlit as st

from backend.analysis.effects import trigger_sweep
from backend.analysis.scores import scores_table
from backend.errors import UserError
from backend.evaluation.sweeps import find, probe_of
from backend.jobs.queue import get_job
from backend.probes.loading import probe_for
from components.evaluation.downloads import downloads
from components.glossary import explain
from components.refresh import live
from components.text import say
from components.trigger.dial import dial, models_of
from components.trigger.form import sweep_form
from components.trigger.sweep import figures, launcher
from models.configs import EvaluationConfig
from models.tables import Job


def page() -> None:
    """Draw form, dial and sweep."""
    st.title("Trigger dial")
    st.markdown(
        "The same model and the same question; only the trigger changes. Does the answer change "
        "with it?"
    )
    with st.expander("Sweep settings", icon=":material/tune:", expanded=False):
        try:
            config, runs = sweep_form()
            probe = probe_for(config)
        except UserError as error:
            say(error)
            return
    if probe.content_note:
        st.warning(probe.content_note, icon=":material/visibility:")
    st.subheader(probe.question)
    job = find(config)
    table = scores_table([job.id] if job else [])
    dial(probe, models_of(config.base_model, runs), trigger_sweep(table, probe))
    st.subheader("Trigger sweep", help=explain("trigger sweep"))
    live(sweep, lambda: is_running(job), every=2.0)(config, job, table)


def is_running(job: Job | None) -> bool:
    """Whether a sweep is queued or running by now."""
    return job is not None and not get_job(job.id).state.is_final


def sweep(config: EvaluationConfig, job: Job | None, table: pd.DataFrame) -> None:
    """Draw what is stored of a sweep; read again while it runs."""
    job = get_job(job.id) if job else None
    launcher(config, job)
    if job is None:
        st.info("Start the sweep: contrasts need no sampling, and results appear while it runs.")
        return
    if not job.state.is_final:
        table = scores_table([job.id])
    if table.empty:
        st.info("Nothing is scored yet; the base model is loading.")
        return
    figures(table, probe_of(job), str(st.session_state.get("at", "")))
    downloads(table, job)


page()
