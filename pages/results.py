"""Results: the shift from the base model, the rates, and every sample behind them."""

import streamlit as st

from backend.analysis.evaluations import findings_of_job
from backend.analysis.findings import Findings
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.evaluation.rescoring import rescore
from backend.evaluation.submit import judging_jobs
from backend.jobs.queue import get_job
from backend.probes.loading import probe_for
from components.evaluation.answers import (
    agreement_section,
    beside_section,
    rate_section,
)
from components.evaluation.downloads import downloads
from components.evaluation.effects import (
    beside_answers,
    caveats,
    run_section,
    shift_section,
    summary,
    sweep_section,
    training_section,
)
from components.evaluation.judges import judge_panel
from components.evaluation.pairs import pairs_section
from components.evaluation.picker import pick_evaluation
from components.job import progress
from components.refresh import live
from components.text import plain, say
from models.tables import Job


def page() -> None:
    """Draw the chosen evaluation."""
    st.title("Results")
    jobs = evaluation_jobs()
    if not jobs:
        st.info("Nothing is scored yet. Probe a model first; contrasts take about a minute.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    job, _ = pick_evaluation(jobs)
    live(show, lambda: is_running(job.id), every=3.0)(job.id)


def is_running(job_id: str) -> bool:
    """Whether an evaluation, or the judging of its answers, is queued or running."""
    return not all(job.state.is_final for job in (get_job(job_id), *judging_jobs(job_id)))


def show(job_id: str) -> None:
    """Draw all sections of one evaluation; refreshed while it runs."""
    job = get_job(job_id)
    progress(job)
    findings = findings_of_job(job)
    caveats(findings, running=not job.state.is_final)
    if findings.table.empty:
        return
    score_again(job, findings)
    st.subheader(plain(findings.probe.question))
    summary(findings)
    left, right = beside_answers(findings, 1.5)
    with left:
        shift_section(findings)
    with right:
        rate_section(findings)
    pairs_section(findings)
    beside_section(findings)
    run_section(findings)
    sweep_section(findings)
    training_section(findings)
    agreement_section(findings)
    judge_panel(job, findings.probe)
    downloads(findings, job)
    if samples := findings.table["sample"].nunique():
        st.page_link(
            "pages/samples.py",
            label=f"Read the {samples:,} samples",
            icon=":material/article:",
            query_params={"evaluation": job.id},
        )


def score_again(job: Job, findings: Findings) -> None:
    """Offer to score the samples by the probe as it is now, if its file has changed."""
    has_changed = any(caveat.kind == "changed" for caveat in findings.caveats)
    if not (has_changed and job.state.is_final):
        return
    if st.button("Score the samples again", icon=":material/refresh:"):
        try:
            with st.spinner("Scoring …"):
                rescore(job.id, probe_for(job.evaluation))
        except UserError as error:
            say(error)
            return
        st.rerun()


page()
