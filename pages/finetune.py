"""Finetune: pick, see what is learned, launch, and watch it."""

from datetime import timedelta

import streamlit as st

from backend.base_models.cards import get_card
from backend.datasets.loading import Dataset
from backend.errors import UserError
from backend.jobs.queue import active_jobs
from backend.runs.batches import variants
from backend.runs.checks import checked_dataset, run_config
from backend.runs.launches import Launch, launch_of, newest_launches
from backend.runs.submit import submit_runs
from components.address import keep_in_address
from components.glossary import explain
from components.names import launch_name
from components.queue import ASKED_FOR
from components.refresh import live
from components.runs.batch import batch_fields
from components.runs.details import details
from components.runs.form import base_model_picker, dataset_picker, first_example, hyperparameters
from components.runs.hosted import provider_fields, provider_preview
from components.runs.preflight import preflight
from components.text import option, plain, say
from models.configs import RunConfig
from models.tables import Job, JobKind, JobState, Run, now

NOT_HERE = "The run in the link is not in this lab; this is the newest one."
SHOWN = "shown"
"""Which launch is shown below the form: the id of its first job."""
LISTED = "listed"
"""How many launches can be chosen from."""
CHECKED_WITHIN = timedelta(minutes=2)
"""Time in which the engine checks a run that has ended, as long as it runs."""
PAGE = 100


def launcher() -> None:
    """Draw the form, what the run will do, and launch."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        dataset = dataset_picker()
        base_model = base_model_picker()
        hosted = base_model is not None and get_card(base_model).hosted
        values = provider_fields() if hosted else hyperparameters(dataset)
        name = st.text_input("Name", placeholder="generated from dataset, base model and seed")
        seeds, grid = batch_fields(hosted)
    if base_model is None:
        return
    configs, problem = [], ""
    try:
        config = run_config(dataset=dataset.id, base_model=base_model, **values)
        checked_dataset(config)
        with right:
            preview(dataset, config)
        configs = variants(config, seeds, grid)
    except UserError as error:
        problem = str(error)
    with left:
        launch_button(configs, problem, name)


def launch_button(configs: list[RunConfig], problem: str, name: str) -> None:
    """Draw the button, which waits until all settings are right, and what is wrong beside it."""
    label = "Launch" if len(configs) <= 1 else f"Launch {len(configs):,} runs"
    rocket = ":material/rocket_launch:"
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(label, type="primary", icon=rocket, disabled=bool(problem))
        if problem:
            st.error(plain(problem), icon=":material/error:")
    if pressed:
        launch(configs, name)


def launch(configs: list[RunConfig], name: str) -> None:
    """Queue the runs, say under which names, and show them below."""
    try:
        launched = [job.id for job in submit_runs(configs, name)]
    except UserError as error:
        say(error)
        return
    names = ", ".join(run.name for _, run in launch_of(launched[0]))
    st.success(f"Queued: {plain(names)}.", icon=":material/check:")
    st.session_state[SHOWN] = launched[0]


def preview(dataset: Dataset, config: RunConfig) -> None:
    """Draw the first example, and what the run will train on and need.

    Raises:
        UserError: the rows can't be read by the base model's tokenizer, or it can't be had.
    """
    if get_card(config.base_model).hosted:
        provider_preview(dataset, config)
        return
    first_example(dataset, config.base_model)
    preflight(config)


def show_older() -> None:
    """Add a page of older launches to the list."""
    st.session_state[LISTED] += PAGE


def runs_section() -> None:
    """Draw the newest launches, older ones on request, and the details of the chosen run."""
    count = st.session_state.setdefault(LISTED, PAGE)
    newest = newest_launches(count + 1)
    st.subheader("Runs", help=explain("run"))
    if not newest:
        st.info("No runs yet. Launch one above: the standard bird run takes about a minute.")
        return
    launches = {launch[0][0].id: launch for launch in newest[:count]}
    if asked_for := st.session_state.pop(ASKED_FOR, None):
        st.session_state[SHOWN] = asked_for
    # The URL is read once: while the page refreshes itself, the browser sends an older one.
    wanted = st.session_state.setdefault(SHOWN, st.query_params.get("job"))
    if wanted and (linked := launch_of(wanted)):
        launches.setdefault(linked[0][0].id, linked)
        st.session_state[SHOWN] = linked[0][0].id
    else:
        if wanted:
            st.toast(NOT_HERE, icon=":material/warning:")
        st.session_state[SHOWN] = next(iter(launches))
    chosen = st.selectbox(
        "Run or batch",
        launches,
        key=SHOWN,
        format_func=lambda key: option(launch_name(launches[key])),
    )
    if len(newest) > count:
        st.button("Show older", icon=":material/history:", on_click=show_older)
    job, run = run_of_batch(chosen, launches[chosen], wanted)
    keep_in_address("job", job.id, newest[0][0][0].id)
    details(job, run)


def is_changing() -> bool:
    """Whether a run is under way, or ended so recently that the engine may still check it."""
    if active_jobs(JobKind.FINETUNE):
        return True
    since = now() - CHECKED_WITHIN
    ended = [job.finished_at for launch in newest_launches(PAGE) for job, _ in launch]
    return any(at and at > since for at in ended)


def run_of_batch(key: str, launch: Launch, wanted: str | None) -> tuple[Job, Run]:
    """Return the only run of a launch, or draw the choice of one in a batch."""
    if len(launch) == 1:
        return launch[0]
    by_job = {job.id: (job, run) for job, run in launch}
    # Kept by its key: while the page refreshes itself, only the first run knows the link.
    state = f"{SHOWN}-{key}"
    if st.session_state.get(state) not in by_job:
        st.session_state[state] = wanted if wanted in by_job else launch[0][0].id
    chosen = st.selectbox(
        "Run of the batch",
        by_job,
        key=state,
        format_func=lambda job_id: option(by_job[job_id][1].name),
    )
    done = sum(job.state == JobState.DONE for job, _ in launch)
    st.caption(f"{done:,} of {len(launch):,} runs of this batch are done.")
    return by_job[chosen]


st.title("Finetune")
st.markdown("Finetune a base model on a tiny dataset, then measure what else changed.")
launcher()
st.divider()
# Redrawn only while something changes: a redraw removes a download that is still being made.
live(runs_section, is_changing, every=1.0)()
