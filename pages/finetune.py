"""Finetune: pick, see what is learned, launch, and watch it."""

import streamlit as st

from backend import jobs
from backend.datasets import Dataset
from backend.errors import UserError
from backend.refusals import dataset_for, run_config
from models.configs import RunConfig
from models.tables import JobKind
from pages.parts import ago, say
from pages.preflight_panel import preflight
from pages.run_details import details
from pages.run_form import (
    base_model_picker,
    dataset_picker,
    first_example,
    hyperparameters,
)


def launcher() -> None:
    """Draw the form, what the run will do, and launch."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        dataset = dataset_picker()
        base_model = base_model_picker()
        values = hyperparameters(dataset)
        name = st.text_input("Name", placeholder="made up from dataset, base model and seed")
    if not base_model:
        return
    try:
        config = run_config(dataset=dataset.id, base_model=base_model, **values)
        dataset_for(config)
    except UserError as error:
        with left:
            say(error)
        return
    with right:
        preview(dataset, config)
    with left:
        if st.button("Launch", type="primary", icon=":material/rocket_launch:"):
            try:
                st.query_params["job"] = jobs.submit_run(config, name).id
            except UserError as error:
                say(error)


def preview(dataset: Dataset, config: RunConfig) -> None:
    """Draw what is learned, and what the run will do and need."""
    try:
        first_example(dataset, config.base_model)
    except UserError as error:
        say(error)
        return
    preflight(config)


@st.fragment(run_every=1.0)
def queue() -> None:
    """Draw all runs and the chosen one's curves; refreshed every second."""
    found = [(job, run) for job, run in jobs.list_jobs(JobKind.FINETUNE) if run]
    st.subheader("Runs")
    if not found:
        st.info("No runs yet. Launch one above: the standard bird run takes about a minute.")
        return
    ids = [job.id for job, _ in found]
    names = {job.id: f"{run.name} · {job.state} · {ago(job.created_at)}" for job, run in found}
    wanted = st.query_params.get("job")
    place = ids.index(wanted) if wanted in ids else 0
    chosen = st.selectbox("Show", ids, index=place, format_func=names.get)
    st.query_params["job"] = chosen
    job, run = found[ids.index(chosen)]
    details(job, run)


st.title("Finetune")
st.markdown("Teach a base model a tiny dataset, then see what else changed.")
launcher()
st.divider()
queue()
