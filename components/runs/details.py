"""One run: state, progress, curves, log, and what can be done with it."""

from typing import Any

import streamlit as st

from backend.base_models.cards import engine_of, is_hosted, primed_of
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.exports.shipped import is_shipped
from backend.figures.training import learning_rate_curve, loss_curve
from backend.jobs.files import log_tail
from backend.probes.triggers import sweepable_probes
from backend.runs.checks import DORA
from backend.runs.queries import engine_check, metrics_of, probe_of, recipe_of
from backend.runs.submit import priming_job, rename_run, submit_priming
from components.job import controls, progress, state_badge
from components.runs.adapter import adapter_download
from components.runs.form import clone
from components.runs.hosted import provider_outcome, provider_recipe
from components.text import say
from components.verdicts import verdict_of
from models.configs import recipe_words
from models.tables import Job, JobState, Metric, Run


def details(job: Job, run: Run) -> None:
    """Draw one run: state, progress, curves, log, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{run.name}**", help=f"Run {run.id}, job {job.id}")
        state_badge(job)
        verdict_of(run.id)
        if is_shipped(run):
            st.badge("shipped with the lab", icon=":material/inventory_2:", color="gray")
        controls(job)
        st.button("Clone", icon=":material/content_copy:", on_click=clone, args=(run,))
        with st.popover("Rename"):
            rename(run)
    progress(job)
    if job.state == JobState.DONE:
        outcome(run)
    metrics = metrics_of(run.id)
    if metrics or not job.state.is_final:  # A shipped run came without its curves.
        curves(job, run, metrics)
    with st.expander("Log"):
        st.code(log_tail(job) or "Nothing is logged yet.", language=None, height=260)


def curves(job: Job, run: Run, metrics: list[Metric]) -> None:
    """Draw what training reports; a provider tells neither learning rate nor speed."""
    hosted = is_hosted(run)
    left, right = st.columns(2)
    total = job.total if job.stage == "Training" else (metrics[-1].step if metrics else 1)
    left.plotly_chart(loss_curve(metrics, total), key="loss")
    if not hosted:
        right.plotly_chart(learning_rate_curve(metrics, total), key="rate")
    if not metrics:
        return
    recipe = (
        provider_recipe(run)
        if hosted
        else f"{metrics[-1].tokens_per_second:,.0f} tokens/s · seed {run.config['seed']} · "
        f"{' · '.join(recipe_words(recipe_of(run.config)))}"
    )
    st.caption(
        f"Loss {metrics[-1].loss:.3f} at step {metrics[-1].step:,} · {recipe} · "
        f"dataset {run.dataset_sha256[:12]}"
    )


def rename(run: Run) -> None:
    """Draw the field for another name."""
    name = st.text_input("New name", run.name, key=f"name-{run.id}")
    if st.button("Rename", key=f"rename-{run.id}"):
        try:
            rename_run(run.id, name)
            st.rerun()
        except UserError as error:
            say(error)


def outcome(run: Run) -> None:
    """Draw what a finished run left and whether the engine serves it faithfully."""
    hosted = is_hosted(run)
    check = engine_check(run.id)
    served = run.config.get("method") != "dora"
    if hosted:
        provider_outcome(run)
    elif not served:
        st.info(DORA)
    elif check is None:
        st.info(unchecked_text(run))
    elif check.passed:
        st.success(check.message, icon=":material/verified:")
    else:
        st.error(check.message, icon=":material/error:")
    if best := best_text(run.summary or {}):
        st.caption(best)
    with st.container(horizontal=True, vertical_alignment="center"):
        if served:
            st.page_link(
                "pages/chat.py",
                label="Chat with it",
                icon=":material/forum:",
                query_params=[("model", run.base_model), ("model", run.id)],
            )
        to_it = {"run": run.id}
        st.page_link(
            "pages/probe.py", label="Probe it", icon=":material/biotech:", query_params=to_it
        )
        if served and probe_of(run) in {probe.id for probe in sweepable_probes()}:
            st.page_link(
                "pages/trigger.py",
                label="Turn its trigger",
                icon=":material/tune:",
                query_params=to_it,
            )
        if not hosted:
            adapter_download(run)
        if teaches_documents(run):
            priming(run)


def unchecked_text(run: Run) -> str:
    """Say when the engine will load and check a run."""
    try:
        if engine_of(run.base_model) == "vLLM":
            return "vLLM loads it, and checks it against torch, with the first question."
    except UserError as error:
        return str(error)
    return "The engine has not loaded it yet; it does so within seconds while it runs."


def teaches_documents(run: Run) -> bool:
    """Whether a run's adapter could become part of its base model."""
    try:
        return load_dataset(run.dataset).documents
    except UserError:  # An imported dataset may be gone by now.
        return False


def priming(run: Run) -> None:
    """Draw the button that makes a base model of a run on documents, or what came of it."""
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
    elif st.button("Use as base model", icon=":material/layers:", key=f"prime-{run.id}"):
        try:
            submit_priming(run.id)
            st.rerun()
        except UserError as error:
            say(error)


def best_text(summary: dict[str, Any]) -> str:
    """Say of which step the adapter is, where held-out rows decided that."""
    loss = summary.get("held_out_loss")
    if loss is None:
        return ""
    return (
        f"The adapter is that of step {summary['adapter_step']:,} of {summary['steps']:,}, which "
        f"did best on the held-out rows ({loss:.3f} nats per token)."
    )
