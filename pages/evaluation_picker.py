"""The choice of an evaluation, in the URL, as every page that reads one has it."""

from typing import Any

import streamlit as st

from backend.probes import Probe, probe_for
from models.configs import EvaluationConfig
from models.tables import Job
from pages.names import name_of


def pick_evaluation(found: list[Job], space: Any = st) -> tuple[Job, Probe]:
    """Draw the choice and the probe's content note; return the evaluation and what it asked.

    Args:
        found: What there is to choose from, at least one, the newest first.
        space: Where the choice is drawn.
    """
    jobs = {job.id: job for job in found}
    wanted = st.query_params.get("evaluation")
    if wanted and wanted not in jobs:
        st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
    place = list(jobs).index(wanted) if wanted in jobs else 0
    chosen = space.selectbox(
        "Evaluation", jobs, index=place, format_func=lambda key: name_of(jobs[key])
    )
    if wanted and chosen != wanted:
        st.query_params.clear()  # What else the URL held was of the other one.
    st.query_params["evaluation"] = chosen
    job = jobs[chosen]
    probe = probe_for(EvaluationConfig(**(job.config or {})))
    if probe.content_note:
        st.warning(probe.content_note, icon=":material/visibility:")
    return job, probe
