"""The choice of an evaluation, in the URL, as every page that reads one has it."""

from typing import Any

import streamlit as st

from backend.probes.loading import Probe, probe_for
from components.names import name_of
from models.tables import Job, JobState

LAST = "evaluation"
"""Kept from page to page, so that Compare and Samples open what Results showed."""


def pick_evaluation(found: list[Job], space: Any = st) -> tuple[Job, Probe]:
    """Draw the choice and the probe's content note; return the evaluation and what it asked.

    Args:
        found: What there is to choose from, at least one, the newest first.
        space: Where the choice is drawn.
    """
    jobs = {job.id: job for job in found}
    wanted = st.query_params.get("evaluation") or st.session_state.get(LAST)
    if wanted and wanted not in jobs:
        st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
    whole = next((job.id for job in found if job.state == JobState.DONE), found[0].id)
    place = list(jobs).index(wanted if wanted in jobs else whole)
    chosen = space.selectbox(
        "Evaluation", jobs, index=place, format_func=lambda key: name_of(jobs[key])
    )
    if wanted and chosen != wanted:
        st.query_params.clear()  # What else the URL held was of the other one.
    st.query_params["evaluation"] = st.session_state[LAST] = chosen
    job = jobs[chosen]
    if job.state in (JobState.CANCELLED, JobState.FAILED):
        st.warning(f"This evaluation was {job.state} before it was whole; what is here is a part.")
    probe = probe_for(job.evaluation)
    if probe.content_note:
        st.warning(probe.content_note, icon=":material/visibility:")
    return job, probe
