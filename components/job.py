"""A job: its state, progress and controls."""

from typing import Literal

import streamlit as st

from backend.errors import UserError
from backend.jobs.eta import waiting_seconds
from backend.jobs.progress import pace_note, remaining_seconds
from backend.jobs.queue import (
    cancel,
    delete_job,
    queue_position,
    retry,
    waits_for,
    worker_is_alive,
)
from backend.runs.deletion import delete_run, evaluations_with
from backend.runs.queries import run_of
from components.names import name_of
from components.text import duration, in_badge, plain, say
from models.tables import Job, JobKind, JobState, now

Colour = Literal["gray", "blue", "orange", "red", "green"]
BADGES: dict[JobState, tuple[Colour, str]] = {
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
    st.badge(in_badge(job.state), icon=icon, color=colour)


def progress(job: Job) -> None:
    """Draw what a job is doing, how far it is and how long it will still take."""
    if job.state == JobState.QUEUED:
        st.progress(0.0, text=_queue_text(job))
    elif job.state == JobState.CANCELLED and job.total:
        reached = f"Cancelled at {job.stage}, {job.done:,} of {job.total:,}."
        st.caption(plain(f"{reached} Retry resumes from what is stored."))
    elif job.state == JobState.FAILED:
        # The error may quote a provider or a model.
        st.error(plain(job.error or "The job failed."), icon=":material/error:")
    elif not job.state.is_final:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        st.progress(share, text=_progress_text(job))


def _queue_text(job: Job) -> str:
    if not worker_is_alive():
        return "No worker is running. Start the lab with `make run` to continue."
    if first := waits_for(job):
        stopped = sum(each.state.is_final for each in first)
        jobs = "1 other job" if len(first) == 1 else f"{len(first):,} other jobs"
        also = f"; {stopped:,} of them failed or were cancelled: retry them" if stopped else ""
        return f"Waits for {jobs}{also}"
    ahead = queue_position(job)
    if not ahead:
        return "Next in line"
    text = f"{ahead:,} ahead of it in the queue"
    wait = waiting_seconds(job)
    return f"{text} · starts in about {duration(wait)}" if wait else text


def _progress_text(job: Job) -> str:
    stage = plain(job.stage)
    text = f"{stage} · {job.done:,} of {job.total:,}" if job.total else f"{stage} …"
    if not job.total and job.stage_started_at:
        text += f" · {duration((now() - job.stage_started_at).total_seconds())} so far"
    left = remaining_seconds(job)
    parts = [text, f"about {duration(left)} left" if left is not None else ""]
    if note := pace_note(job):
        parts.append(plain(note))
    return " · ".join(part for part in parts if part)


def controls(job: Job) -> None:
    """Draw the buttons that fit a job's state: cancel, retry, delete."""
    state = job.state
    with st.container(horizontal=True):
        if not state.is_final:
            cancel_button(job)
        if state in (JobState.FAILED, JobState.CANCELLED):
            icon = ":material/replay:"
            st.button("Retry", key=f"retry-{job.id}", icon=icon, on_click=retry, args=(job.id,))
        if state.is_final:
            icon = ":material/delete:"
            if st.button("Delete", key=f"delete-{job.id}", icon=icon, type="tertiary"):
                _ask_to_delete(job)


def cancel_button(job: Job) -> None:
    """Draw the button that cancels a job which is queued or running."""
    st.button(
        "Cancel",
        key=f"cancel-{job.id}",
        icon=":material/stop:",
        disabled=job.state == JobState.CANCELLING,
        on_click=_cancel,
        args=(job.id,),
    )


def _deletion_text(job: Job) -> str:
    """Return what a deletion takes with it."""
    if job.kind == JobKind.EVALUATE:
        return f"This deletes the evaluation {plain(name_of(job))} with its samples and scores."
    run = run_of(job)
    if run is None:
        return "This deletes the job and its log."
    whole, shared = evaluations_with(run.id)
    text = f"This deletes the run **{plain(run.name)}** with its adapter, log and curves."
    if whole:
        listed = "".join(f"\n- {plain(name_of(each))}" for each in whole)
        text += f"\n\nThese evaluations of it go, too:{listed}"
    if shared:
        listed = "".join(f"\n- {plain(name_of(each))}" for each in shared)
        text += f"\n\nThese evaluations lose its part and keep that of the other runs:{listed}"
    return text


def _cancel(job_id: str) -> None:
    cancel(job_id)


@st.dialog("Delete permanently?")
def _ask_to_delete(job: Job) -> None:
    st.markdown(_deletion_text(job))
    with st.container(horizontal=True):
        if st.button("Delete", type="primary"):
            try:
                delete_run(job) if job.run_id else delete_job(job.id)
            except UserError as error:
                say(error)
                return
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it"):
            st.rerun()
