"""Probe: ask base, finetuned and control models the same questions, and score the answers."""

import streamlit as st

from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.hosted.prices import hosted_models
from backend.jobs.queue import list_jobs
from backend.probes.loading import list_probes
from backend.runs.queries import finished_runs
from components.job import controls, progress, state_badge
from components.probe.form import cost_text, default_probe, describe, run_picker, take_up_link
from components.text import ago, plain, say
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import JobKind, JobState


def launcher() -> None:
    """Draw the form and launch an evaluation."""
    probes = {probe.id: probe for probe in list_probes()}
    runs = finished_runs()
    wanted = take_up_link(runs, probes)
    left, right = st.columns(2, gap="large")
    with left:
        st.session_state.setdefault("probe", default_probe(probes, runs))
        probe_id = st.selectbox(
            "Probe", probes, format_func=lambda key: probes[key].title, key="probe"
        )
        probe = probes[probe_id]
        base_models = [EMBEDDED, *(run.base_model for run in runs), *hosted_models()]
        base_models = list(dict.fromkeys(base_models))
        base_model, picked = run_picker(base_models, runs, probe, wanted)
        if not runs:
            st.info("No finished run yet: the base model alone can be probed.")
            st.page_link("pages/finetune.py", label="Finetune one", icon=":material/arrow_forward:")
    with right:
        samples = st.slider(
            "Sampled answers for each question", 0, 100, probe.samples, key=f"samples-{probe_id}"
        )
        temperature = st.slider("Temperature", 0.0, 2.0, 1.0, 0.1)
        seed = st.number_input("Seed", 0, 2**31 - 1, 1)
        each = samples * len(probe.prompts) * len(probe.triggers)
        total = each * (1 + len(picked))
        if base_model in hosted_models():
            cost = plain(cost_text(base_model, picked, probe, each))
            st.caption(f"{total:,} answers to draw. {cost}")
        else:
            st.caption(f"{total:,} answers to draw, and contrasts that need no sampling.")
    if probe.content_note:
        st.warning(probe.content_note, icon=":material/visibility:")
    describe(probe)
    if st.button("Run the probe", type="primary", icon=":material/biotech:"):
        config = EvaluationConfig(
            probe=probe_id,
            base_model=base_model,
            run_ids=[run.id for run in picked],
            samples_per_prompt=samples,
            temperature=temperature,
            max_tokens=probe.max_tokens,
            seed=seed,
        )
        try:
            submit_evaluation(config)
        except UserError as error:
            say(error)


@st.fragment(run_every=1.0)
def queue() -> None:
    """Draw the newest evaluations with their progress; refreshed every second."""
    st.subheader("Evaluations")
    found = list_jobs(JobKind.EVALUATE, limit=10)
    if not found:
        st.info("No evaluations yet. Run the probe above; contrasts are there within a minute.")
    for job, _ in found:
        config = EvaluationConfig(**(job.config or {}))
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                models = f"{1 + len(config.run_ids)} models · {ago(job.created_at)}"
                st.markdown(
                    f"**{config.probe.replace('_', ' ')}** · {models}", help=f"Job {job.id}"
                )
                state_badge(job)
                controls(job)
                if job.state != JobState.QUEUED:
                    st.page_link(
                        "pages/results.py",
                        label="Results",
                        icon=":material/monitoring:",
                        query_params={"evaluation": job.id},
                    )
            progress(job)


st.title("Probe")
st.markdown("Ask base, finetuned and control models the same questions, and score what they say.")
launcher()
st.divider()
queue()
