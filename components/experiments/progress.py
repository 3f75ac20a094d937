"""The jobs of a reproduction: what is done, what runs and what waits, with their controls."""

import streamlit as st

from backend.config import settings
from backend.db import session
from backend.errors import UserError
from backend.experiments.reproductions import cancel, jobs_of, judge, lacks_judgings, resume
from backend.runs.queries import get_run, title_of_run
from components.job import progress, state_badge
from components.text import plain, say
from models.tables import Job, JobKind, JobState, Reproduction


def progress_panel(made: Reproduction) -> int:
    """Draw the progress of a reproduction and the buttons that fit it; return the jobs done."""
    jobs = jobs_of(made)
    done = sum(job.state == JobState.DONE for job in jobs)
    st.progress(done / max(len(jobs), 1), text=f"{done:,} of {len(jobs):,} jobs are done")
    for job in jobs:
        if job.state in (JobState.RUNNING, JobState.CANCELLING, JobState.FAILED):
            st.markdown(plain(_name(job)))
            progress(job)
    with st.container(horizontal=True):
        if any(not job.state.is_final for job in jobs):
            st.button("Cancel all", icon=":material/stop:", on_click=cancel, args=(made,))
        if any(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs):
            icon = ":material/replay:"
            st.button("Retry what failed", icon=icon, on_click=resume, args=(made,))
        if settings().judge_model and lacks_judgings(made):
            if st.button("Queue the judging", icon=":material/gavel:"):
                _judge(made)
    with st.expander("All jobs"):
        for job in jobs:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(plain(_name(job)), help=f"Job {plain(job.id)}")
                state_badge(job)
    return done


def _judge(made: Reproduction) -> None:
    try:
        judge(made)
        st.rerun()
    except UserError as error:
        say(error)


def _name(job: Job) -> str:
    """Return what a job does."""
    if job.kind == JobKind.FINETUNE:
        with session() as db:
            return f"Train {title_of_run(get_run(str(job.run_id), db))}"
    if job.kind == JobKind.EVALUATE:
        return f"Ask {job.evaluation.probe}"
    return f"Judge: {', '.join(job.judging.judges)}"
