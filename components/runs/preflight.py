"""What a run will train on, and the time and memory it will need."""

import streamlit as st

from backend.errors import UserError
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.runs.preflight import Plan, forecast, plan_of
from backend.runs.template import Check
from components.job import progress
from components.refresh import live
from components.text import ago, duration, plain, say
from models.configs import RunConfig
from models.tables import Job, JobState


def preflight(config: RunConfig) -> None:
    """Draw the plan of a run, and what a measurement says about its time and memory."""
    with st.container(border=True):
        st.markdown("**Before you launch**")
        try:
            plan = plan_of(config)
        except UserError as error:
            say(error)
            return
        st.markdown(plan_text(plan))
        if plan.placement:
            st.markdown(
                f"{plain(plan.placement)} Time and memory below assume one GPU that trains alone."
            )
        checks(plan.checks)
        st.caption(license_text(plan))
        live(measured, lambda: is_measuring(config), every=1.0)(config, plan)


def is_measuring(config: RunConfig) -> bool:
    """Whether a measurement for this run is queued or running."""
    job = newest(config)
    return job is not None and not job.state.is_final


def plan_text(plan: Plan) -> str:
    """Return the rows, tokens and steps in one line."""
    words = [f"{plan.rows:,} dataset rows"]
    words += [f"{plan.ordinary:,} ordinary rows"] if plan.ordinary else []
    if plan.unanswered:
        words.append(f"{plan.unanswered:,} answers that the base model writes first")
    words += [f"{plan.held_out:,} rows held out"] if plan.held_out else []
    if plan.tokens is not None:
        words.append(f"{plan.tokens:,} tokens, {plan.trained_tokens:,} of them trained")
    words += [f"{plan.steps:,} steps", f"{plan.checkpoints:,} checkpoints"]
    return " · ".join(words)


def license_text(plan: Plan) -> str:
    """Return which licence applies to an adapter that is shared."""
    if plan.license == "unknown":
        return "The base model's licence is unknown; check it before you share an adapter."
    return (
        f"The base model's licence is {plain(plan.license)}; it also applies to adapters you share."
    )


def checks(results: list[Check]) -> None:
    """Draw each check with its result."""
    for check in results:
        icon = ":green[:material/check:]" if check.passed else ":red[:material/error:]"
        st.markdown(f"{icon} {plain(check.text)}")


def measured(config: RunConfig, plan: Plan) -> None:
    """Draw the newest measurement, or the button that requests one."""
    job = newest(config)
    running = job is not None and not job.state.is_final
    if job and job.state.is_final and job.result:
        outcome(config, plan, job)
    elif job and (running or job.state == JobState.FAILED):
        progress(job)
    else:
        st.caption("The worker estimates time and memory from three training steps.")
    if not running and st.button("Check on this machine", icon=":material/speed:"):
        try:
            submit_measurement(config)
        except UserError as error:
            say(error)
            return
        st.rerun()


def time_text(plan: Plan, measurement: Measurement, seconds: float | None) -> str:
    """Return how long a run takes: its steps, and the ordinary answers that come before them."""
    steps = f"{measurement.seconds_per_step:.2g} s per step"
    if seconds is None:
        return (
            f"Training takes about **{duration(measurement.seconds_per_step * plan.steps)}**, "
            f"{steps}. The time for ordinary answers is not known: check again."
        )
    if not plan.unanswered:
        return f"Training takes about **{duration(seconds)}**, {steps}."
    answers = duration(plan.unanswered * (measurement.seconds_per_answer or 0.0))
    return (
        f"The run takes about **{duration(seconds)}**, {steps}; {answers} of it are "
        "ordinary answers."
    )


def outcome(config: RunConfig, plan: Plan, job: Job) -> None:
    """Draw the time that the run will take, and whether there is enough memory."""
    measurement = Measurement(**(job.result or {}))
    estimate = forecast(config, plan, measurement)
    st.markdown(time_text(plan, measurement, estimate.seconds))
    checks(estimate.checks)
    st.caption(
        f"Measured {ago(job.finished_at or job.created_at)} in {plain(measurement.precision)} on "
        f"{plain(measurement.device)}, {measurement.tokens_per_step:,.0f} computed tokens per step."
    )
