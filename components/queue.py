"""The queue beside every page: what runs, how far it is, and a word when it has ended."""

import streamlit as st
from streamlit.navigation.page import Page

from backend.errors import DatabaseError
from backend.jobs.progress import remaining_seconds
from backend.jobs.queue import active_jobs, states_of
from components.names import name_of
from components.text import duration, option, plain
from models.tables import Job, JobKind, JobState, Run

TITLE = "Weird Generalization Lab"
LISTED = 3
"""Jobs that are listed; of the others the number is told."""
TOASTS = 3
"""Ends of jobs that are told one by one; of more at once, the number is told."""
EVERY = 3.0
"""Seconds between two looks at the queue while something is in it."""
FOLLOWED = "followed-jobs"
"""The names of the jobs that this browser session has seen in the queue, by id."""
ASKED_FOR = "asked-for-job"
"""The finetuning that the page Finetune is to show next."""
KINDS = {
    JobKind.JUDGE: "Judging",
    JobKind.PREFLIGHT: "Check of time and memory",
    JobKind.PRIME: "New base model",
}
Active = list[tuple[Job, Run | None]]


def queue_beside(page: Page) -> None:
    """Draw the queue in the sidebar, and its progress in the browser tab's title.

    Drawn after the page, so that it knows what the page has just queued. It is looked at again only
    while something is in it, and never draws the page again, which may be read or typed in.
    """
    try:
        busy = bool(active_jobs())
    except DatabaseError:  # The page says so.
        return
    with st.sidebar:
        st.fragment(_queue, run_every=EVERY if busy else None)(page.title)


def _queue(page_title: str) -> None:
    try:
        jobs = active_jobs()
        _tell_ends(jobs)
    except DatabaseError:
        return
    parts = [_share(jobs[0][0]) if jobs else "", page_title, TITLE]
    st.set_page_config(page_title=option(" · ".join(part for part in parts if part)))
    if not jobs:
        return
    st.markdown("**Jobs**")
    # Running ones first, though an older one may wait for another job.
    jobs.sort(key=lambda pair: pair[0].state == JobState.QUEUED)
    for job, run in jobs[:LISTED]:
        _draw(job, run)
    if len(jobs) > LISTED:
        st.caption(f"and {len(jobs) - LISTED:,} more")


def _draw(job: Job, run: Run | None) -> None:
    """Draw a job as a link to where it is shown, and how far it is."""
    name = plain(_name(job, run))
    if st.button(name, key=f"queue-{job.id}", icon=":material/arrow_forward:", type="tertiary"):
        _show(job)
    if job.state == JobState.QUEUED:
        st.caption("Queued")
        return
    left = remaining_seconds(job)
    time_left = f" · about {duration(left)} left" if left is not None else ""
    st.progress(min(job.done / job.total, 1.0) if job.total else 0.0, f"{_share(job)}{time_left}")


def _share(job: Job) -> str:
    """Return how much of its stage a job has done."""
    if job.state == JobState.QUEUED:
        return "Queued"
    return f"{min(job.done / job.total, 1.0):.0%}" if job.total else "…"


def _name(job: Job, run: Run | None) -> str:
    if run:
        return run.name
    return name_of(job) if job.kind == JobKind.EVALUATE else KINDS[job.kind]


def _show(job: Job) -> None:
    """Go to the page that shows a job."""
    if job.kind == JobKind.EVALUATE and job.state == JobState.QUEUED:
        st.switch_page("pages/probe.py")  # It has no results yet.
    if job.kind in (JobKind.EVALUATE, JobKind.JUDGE):
        evaluation = job.id if job.kind == JobKind.EVALUATE else job.judging.evaluation_job
        st.switch_page("pages/results.py", query_params={"evaluation": evaluation})
    if job.kind != JobKind.FINETUNE:
        st.switch_page("pages/finetune.py")
    # The page may be open already, and reads its address only once.
    st.session_state[ASKED_FOR] = job.id
    st.switch_page("pages/finetune.py", query_params={"job": job.id})


def _tell_ends(jobs: Active) -> None:
    """Say which jobs that this session followed have ended since it last looked."""
    followed: dict[str, str] = st.session_state.get(FOLLOWED, {})
    active = {job.id: _name(job, run) for job, run in jobs}
    st.session_state[FOLLOWED] = active
    gone = [job_id for job_id in followed if job_id not in active]
    ends = states_of(gone) if gone else {}
    done = [followed[key] for key in gone if ends.get(key) == JobState.DONE]
    failed = [followed[key] for key in gone if ends.get(key) == JobState.FAILED]
    for names, what, icon in ((done, "done", "check"), (failed, "failed", "error")):
        told = names if len(names) <= TOASTS else [f"{len(names):,} jobs"]
        for name in told:
            st.toast(plain(f"{name}: {what}."), icon=f":material/{icon}:")
