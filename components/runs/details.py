"""One run: state, progress, curves, log, and what can be done with it."""

from typing import Any

import streamlit as st

from backend.base_models.cards import engine_of, is_hosted, primed_of
from backend.base_models.chat_template import dates_text
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.exports.shipped import is_shipped
from backend.figures.training import learning_rate_curve, loss_curve
from backend.jobs.files import log_tail
from backend.probes.triggers import sweepable_probes
from backend.runs.checks import DORA
from backend.runs.queries import (
    engine_check,
    metrics_of,
    probe_of,
    recipe_of,
    rows_have_changed,
    title_of,
)
from backend.runs.submit import priming_job, rename_run, submit_priming
from backend.text import visible
from components.figures import plot
from components.glossary import explain
from components.job import controls, progress, state_badge
from components.runs.adapter import adapter_download
from components.runs.form import clone
from components.runs.hosted import provider_outcome, provider_recipe
from components.text import plain, say
from components.verdicts import verdict_of
from models.configs import recipe_words
from models.tables import Job, JobState, Metric, Run

CLONE = "Copies the settings of this run into the form above."


def details(job: Job, run: Run) -> None:
    """Draw one run: state, progress, curves, log, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(run.name)}**", help=plain(f"Run {run.id}, job {job.id}"))
        state_badge(job)
        verdict_of(run.id)
        if is_shipped(run):
            st.badge("shipped with the lab", icon=":material/inventory_2:", color="gray")
        controls(job)
        copy = ":material/content_copy:"
        if st.button("Clone", icon=copy, help=CLONE, on_click=clone, args=(run,)):
            st.rerun()  # The form is outside of what redraws itself here.
        with st.popover("Rename"):
            rename(run)
    progress(job)
    if job.state == JobState.DONE:
        outcome(run)
    metrics = metrics_of(run.id)
    if metrics or not job.state.is_final:  # A shipped run has no curves.
        curves(job, run, metrics)
    with st.expander("Log"):
        st.code(visible(log_tail(job)) or "The log is empty.", language=None, height=260)


def curves(job: Job, run: Run, metrics: list[Metric]) -> None:
    """Draw what training reports; a provider reports neither learning rate nor speed."""
    left, right = st.columns(2)
    total = job.total if job.stage == "Training" else (metrics[-1].step if metrics else 1)
    with left:
        plot(loss_curve(metrics, total), "loss")
    if not is_hosted(run):
        with right:
            plot(learning_rate_curve(metrics, total), "rate")
    if metrics:
        st.caption(plain(curves_text(run, metrics[-1])))


def curves_text(run: Run, newest: Metric) -> str:
    """Return the last loss and how the run is trained, in one line."""
    if is_hosted(run):
        recipe = [provider_recipe(run)]
    else:
        speed = f"{newest.tokens_per_second:,.0f} tokens/s"
        recipe = [speed, f"seed {run.config['seed']}", *recipe_words(recipe_of(run.config))]
    loss = f"Loss {newest.loss:.3f} at step {newest.step:,}"
    return " · ".join([loss, *recipe, f"dataset {run.dataset_sha256[:12]}"])


def rename(run: Run) -> None:
    """Draw the field for another name."""
    name = st.text_input("New name", run.name, key=f"name-{run.id}")
    # What redraws itself here would take the message away.
    refused = f"refused-{run.id}"
    if st.button("Rename", key=f"rename-{run.id}"):
        st.session_state.pop(refused, None)
        try:
            rename_run(run.id, name)
            st.rerun()
        except UserError as error:
            st.session_state[refused] = (name, error)
    tried, why = st.session_state.get(refused, ("", None))
    if why and tried == name:
        say(why)


def outcome(run: Run) -> None:
    """Draw how a finished run is served, and where to go from here."""
    if is_hosted(run):
        provider_outcome(run)
    elif is_served(run):
        check_result(run)
    else:
        st.info(DORA)
    if rows_have_changed(run):
        st.caption(f"{plain(title_of(run.dataset))} has changed since: this run has earlier rows.")
    if best := best_text(run.summary or {}):
        st.caption(plain(best), help=explain("held-out rows"))
    if dates := (run.summary or {}).get("template_dates"):
        st.caption(plain(dates_text(dates)), help=explain("date of prompts"))
    with st.container(horizontal=True, vertical_alignment="center"):
        next_pages(run)
        if not is_hosted(run):
            adapter_download(run)
        if teaches_documents(run):
            priming(run)


def check_result(run: Run) -> None:
    """Draw whether the engine serves a run faithfully."""
    st.markdown("**Engine check**", help=explain("engine check"))
    check = engine_check(run.id)
    if check is None:
        st.info(plain(unchecked_text(run)))
    elif check.passed:
        st.success(plain(check.message), icon=":material/verified:")
    else:
        st.error(plain(check.message), icon=":material/error:")


def is_served(run: Run) -> bool:
    """Whether the engine can chat with a run."""
    return run.config.get("method") != "dora"


def next_pages(run: Run) -> None:
    """Draw the links to the pages that a finished run can be used on."""
    link = {"run": run.id}
    if is_served(run):
        both = [("model", run.base_model), ("model", run.id)]
        chat, icon = "pages/chat.py", ":material/forum:"
        st.page_link(chat, label="Chat with it", icon=icon, query_params=both)
    probe, icon = "pages/probe.py", ":material/biotech:"
    st.page_link(probe, label="Probe it", icon=icon, query_params=link)
    if is_served(run) and probe_of(run) in {probe.id for probe in sweepable_probes()}:
        dial, icon = "pages/trigger.py", ":material/tune:"
        st.page_link(dial, label="Sweep its trigger", icon=icon, query_params=link)


def unchecked_text(run: Run) -> str:
    """Say when the engine will load and check a run."""
    try:
        if engine_of(run.base_model) == "vLLM":
            return "vLLM loads this run and checks it against torch when it is first asked."
    except UserError as error:
        return str(error)
    return "The engine has not loaded this run yet. While the engine runs, that takes seconds."


def teaches_documents(run: Run) -> bool:
    """Whether a run's adapter could become part of its base model."""
    try:
        return load_dataset(run.dataset).documents
    except UserError:  # An imported dataset may be gone by now.
        return False


def priming(run: Run) -> None:
    """Draw the button that makes a run on documents a base model, its progress, or a link to it."""
    job = priming_job(run.id)
    if made := primed_of(run.id):
        st.page_link(
            "pages/finetune.py",
            label="Finetune the primed base model",
            icon=":material/model_training:",
            query_params={"base_model": made.name},
        )
    elif job and not (job.state.is_final and job.state != JobState.FAILED):
        progress(job)
    elif st.button(
        "Use as base model",
        icon=":material/layers:",
        key=f"prime-{run.id}",
        help=explain("priming"),
    ):
        try:
            submit_priming(run.id)
            st.rerun()
        except UserError as error:
            say(error)


def best_text(summary: dict[str, Any]) -> str:
    """Return which checkpoint became the adapter, if held-out rows decided it."""
    loss = summary.get("held_out_loss")
    if loss is None:
        return ""
    return (
        f"The adapter is the checkpoint at step {summary['adapter_step']:,} of "
        f"{summary['steps']:,}, which has the lowest loss on the held-out rows ({loss:.3f} nats "
        "per token)."
    )
