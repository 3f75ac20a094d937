"""A job: its state, progress and controls."""

from datetime import timedelta

import humanize
import streamlit as st

from backend.errors import UserError
from backend.jobs.eta import waiting_seconds
from backend.jobs.progress import remaining_seconds
from backend.jobs.queue import cancel, delete_job, queue_position, retry, worker_is_alive
from components.text import plain, say
from models.tables import Job, JobState

BADGES = {
    JobState.QUEUED: ("gray", ":material/schedule:"),
    JobState.RUNNING: ("blue", ":material/play_arrow:"),
    JobState.CANCELLING: ("orange", ":material/hourglass_bottom:"),
    JobState.CANCELLED: ("gray", ":material/block:"),
    JobState.FAILED: ("red", ":material/error:"),
    JobState.DONE: ("green", ":material/check:"),
}


def state_badge(job: Job) -> None:
    """Draw a job's state."""
    colour, icon = BADGES[job.state]
    st.badge(str(job.state), icon=icon, color=colour)


def progress(job: Job) -> None:
    """Draw what a job is doing, how far it is and how long it has still to go."""
    if job.state == JobState.QUEUED:
        before = queue_position(job)
        line = "Next in line" if not before else f"{before} before it in the queue"
        if before and (wait := waiting_seconds(job)):
            line += f" · its turn comes in about {humanize.naturaldelta(timedelta(seconds=wait))}"
        if not worker_is_alive():
            line = "No worker is running; start the lab with `make run`, and it goes on"
        st.progress(0.0, text=line)
    elif job.state == JobState.CANCELLED and job.total:
        reached = f"{job.stage}, {job.done:,} of {job.total:,}"
        st.caption(plain(f"Cancelled at: {reached}. Retry goes on from what is stored of it."))
    elif job.state == JobState.FAILED:
        # It may hold what a provider or a model said.
        st.error(plain(job.error or "It failed."), icon=":material/error:")
    elif not job.state.is_final:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        st.progress(share, text=_progress_text(job))


def _progress_text(job: Job) -> str:
    text = f"{job.stage} · {job.done:,} of {job.total:,}" if job.total else f"{job.stage} …"
    left = remaining_seconds(job)
    if left is not None:
        text += f" · about {humanize.naturaldelta(timedelta(seconds=left))} left"
    return text


def controls(job: Job) -> None:
    """Draw the buttons that fit a job's state: cancel, retry, delete."""
    state = job.state
    with st.container(horizontal=True):
        if not state.is_final:
            st.button(
                "Cancel",
                key=f"cancel-{job.id}",
                icon=":material/stop:",
                disabled=state == JobState.CANCELLING,
                on_click=cancel,
                args=(job.id,),
            )
        if state in (JobState.FAILED, JobState.CANCELLED):
            icon = ":material/replay:"
            st.button("Retry", key=f"retry-{job.id}", icon=icon, on_click=retry, args=(job.id,))
        if state.is_final and st.button(
            "Delete", key=f"delete-{job.id}", icon=":material/delete:", type="tertiary"
        ):
            _ask_to_delete(job)


@st.dialog("Delete this for good?")
def _ask_to_delete(job: Job) -> None:
    if job.run_id:
        st.write("The run goes with its adapter, its log, its curves and all its evaluations.")
    else:
        st.write("The evaluation goes with its samples and scores.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary"):
            try:
                delete_job(job.id)
            except UserError as error:
                say(error)
                return
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it"):
            st.rerun()
