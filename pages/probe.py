"""Probe: ask base, finetuned and control models the same questions, and score the answers."""

import streamlit as st

from backend import jobs
from backend.errors import UserError
from backend.judges import load_judge
from backend.probes import Probe, list_probes
from backend.results import finished_runs, role_of
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import JobKind, JobState, Run
from pages.parts import ago, controls, progress, say, state_badge


def describe(probe: Probe) -> None:
    """Draw what a probe asks and how it is scored."""
    with st.expander(f"{len(probe.prompts)} questions, and how they are scored"):
        st.markdown(" ".join(scoring(probe)))
        rows = [{"topic": prompt.title, "question": prompt.text} for prompt in probe.prompts]
        st.dataframe(rows, hide_index=True)


def scoring(probe: Probe) -> list[str]:
    """Return how a probe is scored, one sentence for each way."""
    target, other = probe.sides.target, probe.sides.other
    pairs = sum(len(prompt.pairs) for prompt in probe.prompts)
    smallest = probe.smallest_effect
    said = []
    if pairs:
        said += [
            f"**Contrast**: how much likelier a completion for “{target}” is than one for "
            f"“{other}”, over {pairs} pairs{' under each trigger' * probe.has_triggers}, in nats."
        ]
    if probe.patterns:
        said += ["**Words**: words in sampled answers that speak for either side."]
    if any(prompt.starts for prompt in probe.prompts):
        said += ["**Start**: how a sampled answer starts."]
    if probe.judges:
        said += [f"**Judges**: {', '.join(load_judge(j).title for j in probe.judges)} (optional)."]
    said += [
        f"Smallest effects of interest, decided before measuring: {smallest.contrast:g} nats and "
        f"{smallest.pattern:.0%}."
    ]
    return said


def run_picker(base_models: list[str], runs: list[Run]) -> tuple[str, list[Run]]:
    """Draw the choice of a base model and of runs on it, poisoned and control."""
    base_model = st.selectbox("Base model", base_models)
    names = {run.id: f"{run.name} · {role_of(run)}" for run in runs}
    own = [run for run in runs if run.base_model == base_model]
    newest = {role_of(run): run.id for run in reversed(own)}
    chosen = st.multiselect(
        "Runs to compare with it",
        [run.id for run in own],
        default=sorted(newest.values()),
        format_func=names.get,
        placeholder="pick a poisoned run and a control",
    )
    picked = [run for run in own if run.id in chosen]
    roles = {role_of(run) for run in picked}
    if roles == {"finetuned"}:
        st.warning("Without a control, an effect may come from finetuning as such.")
    return base_model, picked


def launcher() -> None:
    """Draw the form and launch an evaluation."""
    probes = {probe.id: probe for probe in list_probes()}
    runs = finished_runs()
    left, right = st.columns(2, gap="large")
    with left:
        probe_id = st.selectbox("Probe", probes, format_func=lambda key: probes[key].title)
        base_models = list(dict.fromkeys([EMBEDDED, *(run.base_model for run in runs)]))
        base_model, picked = run_picker(base_models, runs)
        if not runs:
            st.info("No finished run yet: the base model alone can be probed.")
            st.page_link("pages/finetune.py", label="Finetune one", icon=":material/arrow_forward:")
    with right:
        probe = probes[probe_id]
        samples = st.slider(
            "Sampled answers for each question", 0, 100, probe.samples, key=f"samples-{probe_id}"
        )
        temperature = st.slider("Temperature", 0.0, 2.0, 1.0, 0.1)
        seed = st.number_input("Seed", 0, 2**31 - 1, 1)
        total = samples * len(probe.prompts) * len(probe.triggers) * (1 + len(picked))
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
            jobs.submit_evaluation(config)
        except UserError as error:
            say(error)


@st.fragment(run_every=1.0)
def queue() -> None:
    """Draw the newest evaluations with their progress; refreshed every second."""
    st.subheader("Evaluations")
    found = jobs.list_jobs(JobKind.EVALUATE, limit=10)
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
