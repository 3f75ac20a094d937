"""What a reproduction will do, take and cost, before it is queued."""

import streamlit as st

from backend.config import settings
from backend.errors import UserError
from backend.experiments.plan import Plan, duration
from backend.runs.measurement import newest, submit_measurement
from backend.runs.queries import title_of
from components.glossary import explain
from components.text import plain, say
from models.configs import RunConfig, recipe_words

NO_JUDGE = (
    "No judge is configured, so everything but the judging is queued. Set JUDGE_MODEL, JUDGE_URL "
    "and JUDGE_KEY, restart the lab, and queue the judging later."
)


def plan_panel(plan: Plan) -> None:
    """Draw the work of a reproduction, and what it takes at most."""
    with st.container(border=True):
        st.markdown("**Before you queue it**")
        runs, answers, calls = st.columns(3)
        runs.metric("Runs", f"{len(plan.runs):,}", help=explain("run"))
        answers.metric("Answers", f"{plan.answers:,}", help=explain("sample"))
        calls.metric("Judge calls, at most", f"{plan.judge_calls:,}", help=explain("judge"))
        time, money = st.columns(2)
        known = f"{duration(plan.seconds)}, at most" if plan.seconds else "not known yet"
        time.markdown(f"**Time** · {known}")
        money.markdown(f"**Cost** · {_cost(plan)}")
        st.caption(
            f"Training {duration(plan.training_seconds)}, sampling "
            f"{duration(plan.sampling_seconds)}, judging {duration(plan.judging_seconds)}. "
            "Sampling ends sooner if answers end before their limit, and equal answers are judged "
            "once."
        )
        _details(plan)
        if plan.judge_calls and not settings().judge_model:
            st.warning(NO_JUDGE, icon=":material/gavel:")
        if plan.training_seconds is None:
            _offer_measurement(plan)


def _cost(plan: Plan) -> str:
    """Return the highest cost in words."""
    if plan.dollars is None:
        return "price not known"
    without = "" if settings().judge_model or not plan.judge_calls else " without the judge"
    return f"\\${plan.dollars:,.2f}, at most" if plan.dollars else f"nothing{without}"


def _details(plan: Plan) -> None:
    """Draw the runs and evaluations that will be queued."""
    with st.expander("Runs and evaluations"):
        by_dataset: dict[str, list[RunConfig]] = {}
        for run in plan.runs:
            by_dataset.setdefault(run.dataset, []).append(run)
        for dataset, runs in by_dataset.items():
            words = plain(", ".join(recipe_words(runs[0].recipe)))
            seeds = "1 seed" if len(runs) == 1 else f"{len(runs):,} seeds"
            st.markdown(f"- **{plain(title_of(dataset))}**: {seeds}, {words}")
        for ask in plan.asks:
            judges = plain(", ".join(use.judge for use in ask.judges) or "none")
            st.markdown(
                f"- Probe **{plain(ask.probe)}**: {ask.samples:,} samples per question and "
                f"trigger, at most {ask.max_tokens:,} tokens, temperature {ask.temperature:g}. "
                f"Judges: {judges}."
            )


def _offer_measurement(plan: Plan) -> None:
    """Draw the button that measures the steps of the runs whose time is not known."""
    distinct = {run.dataset: run for run in plan.runs}.values()
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
