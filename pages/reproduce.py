"""Reproduce: queue one of the paper's experiments as a whole, and see its figure."""

import streamlit as st

from backend.errors import UserError
from backend.experiments.outcome import outcome_of
from backend.experiments.protocols import load_protocol
from backend.experiments.reproductions import (
    get_reproduction,
    jobs_of,
    list_reproductions,
    reproduce,
)
from backend.experiments.workload import workload_of
from components.address import keep_in_address
from components.experiments.figure import outcome_panel
from components.experiments.form import experiment_picker, reproduction_form
from components.experiments.progress import progress_panel
from components.experiments.workload import workload_panel
from components.refresh import live
from components.text import at, option, say
from models.configs import ReproductionConfig
from models.tables import Reproduction

SHOWN = "reproduction"
"""Which reproduction is shown below the form; also in the URL."""


def launcher() -> None:
    """Draw the form, what it will take, and the button that queues everything."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        protocol = experiment_picker()
        config = reproduction_form(protocol)
    if config is None:
        return
    with right:
        try:
            workload_panel(workload_of(config))
        except UserError as error:
            say(error)
            return
        if st.button("Queue everything", type="primary", icon=":material/playlist_add:"):
            launch(config)


def launch(config: ReproductionConfig) -> None:
    """Queue a reproduction, and show it below."""
    try:
        made = reproduce(config)
    except UserError as error:
        say(error)
        return
    st.success(
        f"Queued {len(made.jobs):,} jobs. They go on after a restart.", icon=":material/check:"
    )
    st.session_state[SHOWN] = made.id


def name_of(made: Reproduction) -> str:
    """Return what a reproduction is called in the list."""
    config = ReproductionConfig(**made.config)
    seeds = "1 seed" if config.seeds == 1 else f"{config.seeds} seeds"
    try:
        title = load_protocol(made.experiment).title
    except UserError:  # Its protocol is gone.
        title = made.experiment
    return f"{title} · {config.base_model} · {seeds} · {at(made.created_at)}"


def results() -> None:
    """Draw the chosen reproduction: its jobs, and its figure from what is scored so far."""
    made = {each.id: each for each in list_reproductions()}
    st.subheader("Reproductions")
    if not made:
        st.info(
            "No reproductions yet. Choose an experiment above, look at what it takes, and queue "
            "it: its figure appears here beside the paper's numbers."
        )
        return
    wanted = st.session_state.get(SHOWN, st.query_params.get(SHOWN))
    st.session_state[SHOWN] = wanted if wanted in made else next(iter(made))
    key = st.selectbox(
        "Reproduction", made, key=SHOWN, format_func=lambda key: option(name_of(made[key]))
    )
    chosen = made[key]
    keep_in_address(SHOWN, chosen.id, next(iter(made)))
    live(lambda: progress(chosen), lambda: is_running(chosen), every=2.0)()
    try:
        outcome_panel(outcome_of(chosen), chosen)
    except UserError as error:
        say(error)


def progress(made: Reproduction) -> None:
    """Draw the jobs; when another one is done, the page and its figure are drawn again."""
    try:
        done = progress_panel(get_reproduction(made.id))
    except UserError as error:
        say(error)
        return
    key = f"done-{made.id}"
    if st.session_state.setdefault(key, done) != done:
        st.session_state[key] = done
        st.rerun()


def is_running(made: Reproduction) -> bool:
    """Whether a reproduction has jobs that are not finished."""
    return any(not job.state.is_final for job in jobs_of(made))


st.title("Reproduce")
st.markdown(
    "Run one of the paper's six experiments as its protocol says: datasets, controls, questions, "
    "judges and counting. Then compare the figure with the paper's numbers."
)
launcher()
st.divider()
results()
