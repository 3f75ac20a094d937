"""The choice of an evaluation, kept in the URL, as on every page that shows one."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis.evaluations import probe_of
from backend.plans.standing import standing_of
from backend.probes.loading import Probe
from components.address import keep_in_address
from components.names import name_of
from components.text import option, plain
from components.verdicts import standing_line
from models.tables import Job, JobState

LAST = "evaluation"
"""Kept from page to page, so that Compare and Samples open the evaluation that Results showed."""


def pick_evaluation(choices: list[Job], space: DeltaGenerator | None = None) -> tuple[Job, Probe]:
    """Draw the choice and the probe's content note; return the evaluation and what it asked.

    Args:
        choices: At least one, the newest first.
        space: Where the choice is drawn, if not below what is there.
    """
    jobs = {job.id: job for job in choices}
    wanted = st.query_params.get("evaluation") or st.session_state.get(LAST)
    if wanted and wanted not in jobs:
        st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
    newest = next((job.id for job in choices if job.state == JobState.DONE), choices[0].id)
    place = list(jobs).index(wanted if wanted in jobs else newest)
    chosen: str = (space or st).selectbox(
        "Evaluation", list(jobs), index=place, format_func=lambda key: option(name_of(jobs[key]))
    )
    if wanted and chosen != wanted:
        st.query_params.clear()  # The other parameters belong to the other evaluation.
    st.session_state[LAST] = chosen
    keep_in_address("evaluation", chosen, newest)
    job = jobs[chosen]
    if job.state in (JobState.CANCELLED, JobState.FAILED):
        st.warning(
            f"This evaluation was {plain(job.state)} before it was complete; results are partial."
        )
    standing_line(standing_of(job))
    probe = probe_of(job)
    if probe.content_note:
        st.warning(plain(probe.content_note), icon=":material/visibility:")
    return job, probe
