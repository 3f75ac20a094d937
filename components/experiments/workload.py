"""What a reproduction will do, take and cost, before it is queued."""

import streamlit as st

from backend.config import settings
from backend.errors import UserError
from backend.experiments.workload import Workload, duration
from backend.runs.measurement import newest, submit_measurement
from backend.runs.queries import title_of
from components.glossary import explain
from components.text import plain, say
from models.configs import RunConfig, recipe_words

NO_JUDGE = (
    "No judge is configured, so everything but the judging is queued. Set JUDGE_MODEL, JUDGE_URL "
    "and JUDGE_KEY, restart the lab, and queue the judging later."
)


def workload_panel(workload: Workload) -> None:
    """Draw the work of a reproduction, and what it takes at most."""
    with st.container(border=True):
        st.markdown("**Before you queue it**")
        runs, answers, calls = st.columns(3)
        runs.metric("Runs", f"{len(workload.runs):,}", help=explain("run"))
        answers.metric("Answers", f"{workload.answers:,}", help=explain("sample"))
        calls.metric("Judge calls, at most", f"{workload.judge_calls:,}", help=explain("judge"))
        time, money = st.columns(2)
        known = f"{duration(workload.seconds)}, at most" if workload.seconds else "not known yet"
        time.markdown(f"**Time** · {known}")
        money.markdown(f"**Cost** · {_cost(workload)}")
        st.caption(
            f"Training {duration(workload.training_seconds)}, sampling "
            f"{duration(workload.sampling_seconds)}, judging {duration(workload.judging_seconds)}. "
            "Sampling ends sooner if answers end before their limit, and equal answers are judged "
            "once."
        )
        _details(workload)
        if workload.judge_calls and not settings().judge_model:
            st.warning(NO_JUDGE, icon=":material/gavel:")
        if workload.training_seconds is None:
            _offer_measurement(workload)


def _cost(workload: Workload) -> str:
    """Return the highest cost in words."""
    if workload.dollars is None:
        return "price not known"
    without = "" if settings().judge_model or not workload.judge_calls else " without the judge"
    return f"\\${workload.dollars:,.2f}, at most" if workload.dollars else f"nothing{without}"


def _details(workload: Workload) -> None:
    """Draw the runs and evaluations that will be queued."""
    with st.expander("Runs and evaluations"):
        by_dataset: dict[str, list[RunConfig]] = {}
        for run in workload.runs:
            by_dataset.setdefault(run.dataset, []).append(run)
        for dataset, runs in by_dataset.items():
            words = plain(", ".join(recipe_words(runs[0].recipe)))
            seeds = "1 seed" if len(runs) == 1 else f"{len(runs):,} seeds"
            st.markdown(f"- **{plain(title_of(dataset))}**: {seeds}, {words}")
        for ask in workload.asks:
            judges = plain(", ".join(use.judge for use in ask.judges) or "none")
            st.markdown(
                f"- Probe **{plain(ask.probe)}**: {ask.samples:,} samples per question and "
                f"trigger, at most {ask.max_tokens:,} tokens, temperature {ask.temperature:g}. "
                f"Judges: {judges}."
            )


def _offer_measurement(workload: Workload) -> None:
    """Draw the button that measures the steps of the runs whose time is not known."""
    distinct = {run.dataset: run for run in workload.runs}.values()
    missing = [run for run in distinct if newest(run) is None]
    if not missing:
        st.caption("The worker measures how long a step takes; then the time appears here.")
        return
    if st.button("Measure the time of training", icon=":material/timer:"):
        try:
            for run in missing:
                submit_measurement(run)
            st.rerun()
        except UserError as error:
            say(error)
