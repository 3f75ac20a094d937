"""Trigger dial: only the trigger changes. Does the model turn?"""

import pandas as pd
import streamlit as st

from backend import jobs, sweeps
from backend.errors import UserError
from backend.probes import probe_for
from backend.results import scores_table, trigger_sweep
from models.configs import EvaluationConfig
from models.tables import Job
from pages.exports import downloads
from pages.parts import say
from pages.trigger_dial import dial, models_of
from pages.trigger_form import sweep_form
from pages.trigger_sweep import figures, launcher


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
    job = sweeps.find(config)
    table = scores_table([job.id] if job else [])
    dial(probe, models_of(config.base_model, runs), trigger_sweep(table, probe))
    st.subheader("The sweep")
    running = job is not None and not job.state.is_final
    st.fragment(sweep, run_every=2.0 if running else None)(config, job, table, running)


def sweep(
    config: EvaluationConfig, job: Job | None, table: pd.DataFrame, was_running: bool
) -> None:
    """Draw what is stored of a sweep; read anew while it runs."""
    job = jobs.get_job(job.id) if job else None
    if job and was_running == job.state.is_final:
        st.rerun()  # The whole page, so that it is looked at again or no longer.
    launcher(config, job)
    if job is None:
        st.info("Start the sweep: contrasts need no sampling, and rows appear while it runs.")
        return
    probe = sweeps.probe_of(job)
    if was_running:
        table = scores_table([job.id])
    if table.empty:
        st.info("Nothing is scored yet; the base model is loading.")
        return
    figures(table, probe, str(st.session_state.get("at", "")))
    downloads(table, job)


page()
