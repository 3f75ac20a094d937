"""What a run will train on, and the time and memory it will need."""

import streamlit as st

from backend.errors import UserError
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.runs.preflight import Outline, forecast, outline_of
from backend.runs.template import Check
from components.job import cancel_button, progress
from components.refresh import live
from components.text import ago, duration, plain, say
from models.configs import RunConfig
from models.tables import Job, JobState


def preflight(config: RunConfig) -> None:
    """Draw the outline of a run, and what a measurement says about its time and memory.

    Raises:
        UserError: the run is not possible, since a row can't be read.
    """
    outline = outline_of(config)
    with st.container(border=True):
        st.markdown("**Before you launch**")
        st.markdown(outline_text(outline))
        if outline.placement:
            st.markdown(
                f"{plain(outline.placement)} Time and memory below assume one GPU that trains "
                "alone."
            )
        checks(outline.checks)
        st.caption(license_text(outline))
        live(measured, lambda: is_measuring(config), every=1.0)(config, outline)


def is_measuring(config: RunConfig) -> bool:
    """Whether a measurement for this run is queued or running."""
    job = newest(config)
    return job is not None and not job.state.is_final


def outline_text(outline: Outline) -> str:
    """Return the rows, tokens and steps in one line."""
    words = [f"{outline.rows:,} dataset rows"]
    words += [f"{outline.ordinary:,} ordinary rows"] if outline.ordinary else []
    if outline.unanswered:
        words.append(f"{outline.unanswered:,} answers that the base model writes first")
    words += [f"{outline.held_out:,} rows held out"] if outline.held_out else []
    if outline.tokens is not None:
        words.append(f"{outline.tokens:,} tokens, {outline.trained_tokens:,} of them trained")
    words += [f"{outline.steps:,} steps", f"{outline.checkpoints:,} checkpoints"]
    return " · ".join(words)


def license_text(outline: Outline) -> str:
    """Return which licence applies to an adapter that is shared."""
    if outline.license == "unknown":
        return "The base model's licence is unknown; check it before you share an adapter."
    licence = plain(outline.license)
    return f"The base model's licence is {licence}; it also applies to adapters you share."


def checks(results: list[Check]) -> None:
    """Draw each check with its result."""
    for check in results:
        icon = ":green[:material/check:]" if check.passed else ":red[:material/error:]"
        icon = ":orange[:material/info:]" if check.caution else icon
        st.markdown(f"{icon} {plain(check.text)}")


def measured(config: RunConfig, outline: Outline) -> None:
    """Draw the newest measurement, or the button that requests one."""
    job = newest(config)
    running = job is not None and not job.state.is_final
    if job and job.state.is_final and job.result:
        outcome(config, outline, job)
    elif job and (running or job.state == JobState.FAILED):
        progress(job)
        if running:
            cancel_button(job)
    else:
        st.caption("The worker estimates time and memory from three training steps.")
    if not running and st.button("Check on this machine", icon=":material/speed:"):
        try:
            submit_measurement(config)
        except UserError as error:
            say(error)
            return
        st.rerun()


def time_text(outline: Outline, measurement: Measurement, seconds: float | None) -> str:
    """Return how long a run takes: its steps, and the ordinary answers that come before them."""
    steps = f"{measurement.seconds_per_step:.2g} s per step"
    if seconds is None:
        return (
            f"Training takes about **{duration(measurement.seconds_per_step * outline.steps)}**, "
            f"{steps}. The time for ordinary answers is not known: check again."
        )
    if not outline.unanswered:
        return f"Training takes about **{duration(seconds)}**, {steps}."
    answers = duration(outline.unanswered * (measurement.seconds_per_answer or 0.0))
    return (
        f"The run takes about **{duration(seconds)}**, {steps}; {answers} of it are "
        "ordinary answers."
    )


def outcome(config: RunConfig, outline: Outline, job: Job) -> None:
    """Draw the time that the run will take, and whether there is enough memory."""
    measurement = Measurement(**(job.result or {}))
    estimate = forecast(config, outline, measurement)
    st.markdown(time_text(outline, measurement, estimate.seconds))
    checks(estimate.checks)
    st.caption(
        f"Measured {ago(job.finished_at or job.created_at)} in {plain(measurement.precision)} on "
        f"{plain(measurement.device)}, {measurement.tokens_per_step:,.0f} computed tokens per step."
    )
