"""Finetune: pick, see what is learned, launch, and watch it."""

import streamlit as st

from backend.base_models.cards import get_card
from backend.datasets.loading import Dataset
from backend.errors import UserError
from backend.jobs.queue import active_jobs
from backend.runs.checks import dataset_for, run_config
from backend.runs.launches import launch_of, newest_launches
from backend.runs.submit import submit_runs
from components.names import launch_name
from components.runs.batch import batch
from components.runs.details import details
from components.runs.form import base_model_picker, dataset_picker, first_example, hyperparameters
from components.runs.hosted import provider_fields, provider_preview
from components.runs.preflight import preflight
from components.text import say
from models.configs import RunConfig
from models.tables import JobKind, JobState

SHOWN = "shown"
"""Which launch is shown below the form: the id of its first job."""
LISTED = "listed"
"""How many launches can be chosen from."""
PAGE = 100


def launcher() -> None:
    """Draw the form, what the run will do, and launch."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        dataset = dataset_picker()
        base_model = base_model_picker()
        hosted = bool(base_model) and get_card(base_model).hosted
        values = provider_fields() if hosted else hyperparameters(dataset)
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
        try:
            configs = batch(config)
        except UserError as error:
            say(error)
            return
        label = "Launch" if len(configs) == 1 else f"Launch {len(configs)} runs"
        if st.button(label, type="primary", icon=":material/rocket_launch:"):
            launch(configs, name)


def launch(configs: list[RunConfig], name: str) -> None:
    """Queue the runs, say under which names, and show them below."""
    try:
        launched = [job.id for job in submit_runs(configs, name)]
    except UserError as error:
        say(error)
        return
    names = ", ".join(run.name for _, run in launch_of(launched[0]))
    st.success(f"Queued: {names}.", icon=":material/check:")
    st.session_state[SHOWN] = launched[0]


def preview(dataset: Dataset, config: RunConfig) -> None:
    """Draw what is learned, and what the run will do and need."""
    if get_card(config.base_model).hosted:
        provider_preview(dataset, config)
        return
    try:
        first_example(dataset, config.base_model)
    except UserError as error:
        say(error)
        return
    preflight(config)


def show_older() -> None:
    """Add a page of older launches to the list."""
    st.session_state[LISTED] += PAGE


def queue() -> None:
    """Draw the newest runs, older ones on request, and the chosen one's curves."""
    count = st.session_state.setdefault(LISTED, PAGE)
    launches = newest_launches(count + 1)
    st.subheader("Runs")
    if not launches:
        st.info("No runs yet. Launch one above: the standard bird run takes about a minute.")
        return
    groups = {launch[0][0].id: launch for launch in launches[:count]}
    # The URL is read once: while the page refreshes itself, the browser sends an older one.
    wanted = st.session_state.setdefault(SHOWN, st.query_params.get("job"))
    if wanted and (launch := launch_of(wanted)):
        groups.setdefault(launch[0][0].id, launch)
        st.session_state[SHOWN] = launch[0][0].id
    else:
        if wanted:
            st.toast("The link's run is not here; shown is the newest.", icon=":material/warning:")
        st.session_state[SHOWN] = next(iter(groups))
    chosen = st.selectbox(
        "Show", groups, key=SHOWN, format_func=lambda key: launch_name(groups[key])
    )
    if len(launches) > count:
        st.button("Show older", icon=":material/history:", on_click=show_older)
    own = {job.id: (job, run) for job, run in groups[chosen]}
    one = next(iter(own))
    if len(own) > 1:
        names = {key: run.name for key, (_, run) in own.items()}
        # Kept by its key: while the page refreshes itself, the link is known to the first run only.
        picked = f"{SHOWN}-{chosen}"
        if st.session_state.get(picked) not in own:
            st.session_state[picked] = wanted if wanted in own else one
        one = st.selectbox("Run of the batch", names, key=picked, format_func=names.get)
        done = sum(job.state == JobState.DONE for job, _ in own.values())
        st.caption(f"{done} of {len(own)} runs of this batch are done.")
    st.query_params["job"] = one
    details(*own[one])


st.title("Finetune")
st.markdown("Teach a base model a tiny dataset, then see what else changed.")
launcher()
st.divider()
# Only while something changes: a refresh takes a download away that is still being made.
st.fragment(queue, run_every=1.0 if active_jobs(JobKind.FINETUNE) else None)()
