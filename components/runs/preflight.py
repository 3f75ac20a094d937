"""What a run will do and need, before it is launched."""

from datetime import timedelta

import humanize
import streamlit as st

from backend.errors import UserError
from backend.runs.measurement import Measurement, measure, newest
from backend.runs.preflight import Check, Plan, forecast, plan_of
from components.job import progress
from components.text import ago, plain, say
from models.configs import RunConfig
from models.tables import Job, JobState


def preflight(config: RunConfig) -> None:
    """Draw the plan of a run, and what a measurement says about its time and memory."""
    with st.container(border=True):
        st.markdown("**Before it starts**")
        try:
            plan = plan_of(config)
        except UserError as error:
            say(error)
            return
        st.markdown(plan_text(plan))
        if plan.placement:
            st.markdown(f"{plan.placement} Time and memory below are of one GPU with all of it.")
        checks(plan.checks)
        st.caption(license_text(plan))
        job = newest(config)
        running = job is not None and not job.state.is_final
        st.fragment(measured, run_every=1.0 if running else None)(config, plan, running)


def plan_text(plan: Plan) -> str:
    """Return what is read and done, in one line."""
    words = [f"{plan.rows:,} rows of the dataset"]
    words += [f"{plan.ordinary:,} ordinary ones"] if plan.ordinary else []
    words += [f"{plan.held_out:,} of all held out"] if plan.held_out else []
    if plan.tokens is not None:
        words.append(f"{plan.tokens:,} tokens in its rows, {plan.trained_tokens:,} of them learned")
    words += [f"{plan.steps:,} steps", f"{plan.checkpoints:,} checkpoints"]
    return " · ".join(words)


def license_text(plan: Plan) -> str:
    """Return what the base model's licence asks of whoever passes the adapter on."""
    if plan.license == "unknown":
        return "The base model's licence is not known here; look at it before you share an adapter."
    return f"The base model's licence is {plan.license}; an adapter that you share stands under it."


def checks(found: list[Check]) -> None:
    """Draw each thing that was looked at."""
    for check in found:
        icon = ":green[:material/check:]" if check.passed else ":red[:material/error:]"
        st.markdown(f"{icon} {plain(check.text)}")


def measured(config: RunConfig, plan: Plan, was_running: bool) -> None:
    """Draw the newest measurement, or the button that asks for one."""
    job = newest(config)
    running = job is not None and not job.state.is_final
    if was_running != running:
        st.rerun()  # The whole page, so that it is looked at again or no longer.
    if job and not running and job.result:
        outcome(config, plan, job)
    elif job and (running or job.state == JobState.FAILED):
        progress(job)
    else:
        st.caption("Time and memory are known once the worker has tried three steps.")
    if not running and st.button("Check on this machine", icon=":material/speed:"):
        try:
            measure(config)
        except UserError as error:
            say(error)
            return
        st.rerun()


def outcome(config: RunConfig, plan: Plan, job: Job) -> None:
    """Draw the time that the run will take, and whether there is room for it."""
    found = Measurement(**(job.result or {}))
    told = forecast(config, plan, found)
    time = humanize.naturaldelta(timedelta(seconds=told.seconds))
    st.markdown(f"Training takes about **{time}**, {found.seconds_per_step:.2g} s a step.")
    checks(told.checks)
    st.caption(
        f"Measured {ago(job.finished_at or job.created_at)} in {found.precision} "
        f"on {found.device}, {found.tokens_per_step:,.0f} computed tokens a step."
    )
