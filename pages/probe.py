"""Probe: ask base, finetuned and control models the same questions, and score the answers."""

import streamlit as st

from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.jobs.queue import recent_jobs
from backend.probes.judges import unusable_judges
from backend.probes.loading import list_probes, unusable_probes
from backend.runs.queries import finished_runs
from components.glossary import explain
from components.job import controls, progress, state_badge
from components.probe.form import (
    describe,
    probe_picker,
    run_picker,
    sampling_form,
    take_up_link,
)
from components.probe.power import power_note
from components.text import ago, plain, say, unusable
from models.tables import Job, JobKind, JobState


def launcher() -> None:
    """Draw the form and launch an evaluation."""
    probes = {probe.id: probe for probe in list_probes()}
    runs = finished_runs()
    wanted = take_up_link(runs, probes)
    left, right = st.columns(2, gap="large")
    with left:
        probe = probe_picker(probes, runs)
        base_model, picked = run_picker(runs, probe, wanted)
        if not runs:
            st.info("No finished runs yet. You can probe the base model alone.")
            icon = ":material/arrow_forward:"
            st.page_link("pages/finetune.py", label="Finetune a model", icon=icon)
    with right:
        config = sampling_form(probe, base_model, picked)
    if probe.content_note:
        st.warning(plain(probe.content_note), icon=":material/visibility:")
    describe(probe)
    power_note(probe, base_model)
    unusable(unusable_probes() + unusable_judges())
    if st.button("Run the probe", type="primary", icon=":material/biotech:"):
        try:
            submit_evaluation(config)
        except UserError as error:
            say(error)


@st.fragment(run_every=1.0)
def queue() -> None:
    """Draw the newest evaluations with their progress; refreshed every second."""
    st.subheader("Evaluations", help=explain("evaluation"))
    jobs = recent_jobs(JobKind.EVALUATE, 10)
    if not jobs:
        st.info("No evaluations yet. Run the probe above; contrasts take about a minute.")
    for job in jobs:
        with st.container(border=True):
            headline(job)
            progress(job)


def headline(job: Job) -> None:
    """Draw one evaluation's name and state, and what can be done with it."""
    config = job.evaluation
    probe = plain(config.probe.replace("_", " "))
    with st.container(horizontal=True, vertical_alignment="center"):
        models = f"{1 + len(config.run_ids):,} models · {ago(job.created_at)}"
        st.markdown(f"**{probe}** · {models}", help=plain(f"Job {job.id}"))
        state_badge(job)
        controls(job)
        if job.state != JobState.QUEUED:
            st.page_link(
                "pages/results.py",
                label="Results",
                icon=":material/monitoring:",
                query_params={"evaluation": job.id},
            )


st.title("Probe")
st.markdown("Ask base, finetuned and control models the same questions, and score their answers.")
launcher()
st.divider()
queue()
