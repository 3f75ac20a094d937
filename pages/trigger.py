"""Trigger dial: only the trigger changes. Does the answer change with it?"""

import streamlit as st

from backend.analysis.evaluations import findings_of_job
from backend.analysis.findings import Findings
from backend.errors import UserError
from backend.evaluation.sweeps import find
from backend.jobs.queue import get_job
from backend.probes.loading import probe_for
from components.evaluation.downloads import downloads
from components.glossary import explain
from components.refresh import live
from components.text import plain, say
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
        st.warning(plain(probe.content_note), icon=":material/visibility:")
    st.subheader(plain(probe.question))
    job = find(config)
    findings = findings_of_job(job) if job else None
    points = findings.sweep if findings else []
    dial(probe, models_of(config.base_model, runs), points)
    st.subheader("Trigger sweep", help=explain("trigger sweep"))
    live(sweep, lambda: is_running(job), every=2.0)(config, job, findings)


def is_running(job: Job | None) -> bool:
    """Whether a sweep is queued or running by now."""
    return job is not None and not get_job(job.id).state.is_final


def sweep(config: EvaluationConfig, job: Job | None, findings: Findings | None) -> None:
    """Draw what is stored of a sweep; read again while it runs."""
    job = get_job(job.id) if job else None
    launcher(config, job)
    if job is None or findings is None:
        st.info("Start the sweep: contrasts need no sampling, and results appear while it runs.")
        return
    if not job.state.is_final:
        findings = findings_of_job(job)
    if findings.table.empty:
        st.info("Nothing is scored yet; the base model is loading.")
        return
    figures(findings, str(st.session_state.get("at", "")), running=not job.state.is_final)
    downloads(findings.table, job)


page()
