"""Results: the shift from the base model, the rates, and every sample behind them."""

import streamlit as st

from backend.analysis.effects import contrast_shifts
from backend.analysis.scores import evaluation_jobs, scores_table
from backend.evaluation.rescoring import rescore
from backend.evaluation.submit import judging_jobs
from backend.jobs.queue import get_job
from backend.probes.loading import Probe
from components.evaluation.answers import agreement_section, rate_section
from components.evaluation.downloads import downloads
from components.evaluation.effects import run_section, shift_section, summary, sweep_section
from components.evaluation.judges import judge_panel
from components.evaluation.picker import pick_evaluation
from components.job import progress


def page() -> None:
    """Draw the chosen evaluation."""
    st.title("Results")
    found = evaluation_jobs()
    if not found:
        st.info("Nothing is scored yet. Probe a model first; a run takes a few minutes.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    job, probe = pick_evaluation(found)
    running = not all(each.state.is_final for each in (job, *judging_jobs(job.id)))
    st.fragment(show, run_every=3.0 if running else None)(job.id, probe)


def show(job_id: str, probe: Probe) -> None:
    """Draw all sections of one evaluation; refreshed while it runs."""
    job = get_job(job_id)
    progress(job)
    table = scores_table([job.id])
    if (table["probe_sha256"] != probe.sha256).any():
        st.warning("The probe's file has changed since; these scores are of its older form.")
        if job.state.is_final and st.button("Score the samples again", icon=":material/refresh:"):
            with st.spinner("Scoring …"):
                rescore(job.id, probe)
            st.rerun()
    shifts = contrast_shifts(table, probe)
    st.subheader(probe.question)
    summary(shifts, table, probe)
    left, right = st.columns([3, 2], gap="large")
    with left:
        shift_section(shifts, set(table.loc[table["role"] != "base", "model"]), probe)
    with right:
        rate_section(table, probe)
    run_section(contrast_shifts(table, probe, by="model"))
    sweep_section(table, probe)
    agreement_section(table)
    judge_panel(job, probe)
    downloads(table, job)
    sampled = table["sample"].nunique()
    if sampled:
        st.page_link(
            "pages/samples.py",
            label=f"Read the {sampled:,} samples",
            icon=":material/article:",
            query_params={"evaluation": job.id},
        )


page()
