"""Parts that several pages show: a job with its progress, times, badges, safe text."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import humanize
import streamlit as st

from backend import jobs
from backend.errors import UserError
from backend.progress import remaining_seconds
from backend.waiting import waiting_seconds
from models.tables import Job, JobState, now

BADGES = {
    JobState.QUEUED: ("gray", ":material/schedule:"),
    JobState.RUNNING: ("blue", ":material/play_arrow:"),
    JobState.CANCELLING: ("orange", ":material/hourglass_bottom:"),
    JobState.CANCELLED: ("gray", ":material/block:"),
    JobState.FAILED: ("red", ":material/error:"),
    JobState.DONE: ("green", ":material/check:"),
}


def ago(moment: datetime) -> str:
    """Return a time as people say it: "2 minutes ago"."""
    return humanize.naturaltime(now() - moment)


def at(moment: datetime) -> str:
    """Return a time that stays as it is, on the clock of the one who reads: "25 Nov, 14:32:07"."""
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return f"{moment.astimezone(zone):%-d %b, %H:%M:%S}"


def plain(text: str) -> str:
    """Escape text from datasets and models, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", text)


def state_badge(job: Job) -> None:
    """Draw a job's state."""
    colour, icon = BADGES[job.state]
    st.badge(str(job.state), icon=icon, color=colour)


def say(error: Exception) -> None:
    """Show what a person can mend."""
    st.error(str(error), icon=":material/error:")


def progress(job: Job) -> None:
    """Draw what a job is doing, how far it is and how long it has still to go."""
    if job.state == JobState.QUEUED:
        before = jobs.queue_position(job)
        line = "Next in line" if not before else f"{before} before it in the queue"
        if before and (wait := waiting_seconds(job)):
            line += f" · its turn comes in about {humanize.naturaldelta(timedelta(seconds=wait))}"
        if not jobs.worker_is_alive():
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
                on_click=jobs.cancel,
                args=(job.id,),
            )
        if state in (JobState.FAILED, JobState.CANCELLED):
            icon = ":material/replay:"
            st.button(
                "Retry", key=f"retry-{job.id}", icon=icon, on_click=jobs.retry, args=(job.id,)
            )
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
                jobs.delete_job(job.id)
            except UserError as error:
                say(error)
                return
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it"):
            st.rerun()
