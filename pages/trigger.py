"""Trigger dial: only the trigger changes. Does the model turn?"""

import pandas as pd
import streamlit as st

from backend.analysis.effects import trigger_sweep
from backend.analysis.scores import scores_table
from backend.errors import UserError
from backend.evaluation.sweeps import find, probe_of
from backend.jobs.queue import get_job
from backend.probes.loading import probe_for
from components.evaluation.downloads import downloads
from components.text import say
from components.trigger.dial import dial, models_of
from components.trigger.form import sweep_form
from components.trigger.sweep import figures, launcher
from models.configs import EvaluationConfig
from models.tables import Job


def page() -> None:
    """Draw form, dial and sweep."""
    st.title("Trigger dial")
    st.markdown("The same model, the same question; only the trigger changes. Does it turn?")
    with st.expander("What is swept", icon=":material/tune:", expanded=False):
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
    st.subheader("The sweep")
    running = job is not None and not job.state.is_final
    st.fragment(sweep, run_every=2.0 if running else None)(config, job, table, running)


def sweep(
    config: EvaluationConfig, job: Job | None, table: pd.DataFrame, was_running: bool
) -> None:
    """Draw what is stored of a sweep; read anew while it runs."""
    job = get_job(job.id) if job else None
    if job and was_running == job.state.is_final:
        st.rerun()  # The whole page, so that it is looked at again or no longer.
    launcher(config, job)
    if job is None:
        st.info("Start the sweep: contrasts need no sampling, and rows appear while it runs.")
        return
    probe = probe_of(job)
    if was_running:
        table = scores_table([job.id])
    if table.empty:
        st.info("Nothing is scored yet; the base model is loading.")
        return
    figures(table, probe, str(st.session_state.get("at", "")))
    downloads(table, job)


page()
