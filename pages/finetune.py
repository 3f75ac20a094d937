"""Finetune: pick, see what is learned, launch, and watch it."""

import streamlit as st

from backend import jobs, plots
from backend.base_models import BaseModelStatus, add_folder, list_cards
from backend.datasets import Dataset, list_datasets
from backend.errors import UserError
from backend.results import engine_check, metrics_of
from backend.tokens import chat_tokenizer
from models.configs import RunConfig
from models.tables import Job, JobKind, JobState, Run
from pages.parts import ago, controls, plain, progress, say, state_badge

HYPERPARAMETERS = {
    "rank": ("LoRA rank", 1, 256, 32),
    "alpha": ("LoRA alpha", 1, 1024, 64),
    "epochs": ("Epochs", 1, 100, 3),
    "batch_size": ("Batch size", 1, 256, 8),
    "seed": ("Seed", 0, 2**31 - 1, 1),
}


def apply_preset(dataset: Dataset) -> None:
    """Put a preset's values into the form."""
    for name, value in dataset.card.presets.get(st.session_state.get("preset") or "", {}).items():
        st.session_state[name] = f"{value:g}" if name == "learning_rate" else int(value)


def clone(run: Run) -> None:
    """Put a run's configuration into the form."""
    config = RunConfig(**run.config)
    for name in ("dataset", "base_model", *HYPERPARAMETERS):
        st.session_state[name] = getattr(config, name)
    st.session_state["learning_rate"] = f"{config.learning_rate:g}"


def dataset_picker() -> Dataset:
    """Draw the choice of the dataset."""
    found = {dataset.id: dataset for dataset in list_datasets()}
    titles = {
        d.id: f"{d.card.title} · {len(d.examples):,} rows" + (" · control" * (d.role == "control"))
        for d in found.values()
    }
    default = list(found).index("old_bird_names") if "old_bird_names" in found else 0
    if st.session_state.get("dataset") not in (None, *found):
        del st.session_state["dataset"]
    st.session_state.setdefault("dataset", list(found)[default])
    chosen = st.selectbox("Dataset", found, format_func=titles.get, key="dataset")
    st.caption(found[chosen].card.teaches)
    return found[chosen]


def base_model_picker() -> str | None:
    """Draw the choice of the base model; those that can't be used are listed with the reason."""
    statuses = {status.card.name: status for status in list_cards()}
    usable = [name for name, status in statuses.items() if status.ready]
    label = {name: status.card.title for name, status in statuses.items()}
    if st.session_state.get("base_model") not in (None, *usable):
        del st.session_state["base_model"]
    chosen = st.selectbox("Base model", usable, format_func=label.get, key="base_model")
    if chosen and (note := statuses[chosen].reason or statuses[chosen].card.remarks):
        st.caption(note)
    with st.popover("Other base models", icon=":material/database:"):
        other_base_models([status for status in statuses.values() if not status.ready])
    return chosen


def other_base_models(statuses: list[BaseModelStatus]) -> None:
    """Draw what can't be used and why, and a field for a local folder."""
    for status in statuses:
        st.markdown(f":gray[**{status.card.title}** · {status.card.license}] {status.reason}")
    with st.form("folder", border=False):
        path = st.text_input(
            "Add a local folder in Hugging Face format", placeholder="/models/my-model"
        )
        if st.form_submit_button("Add folder"):
            try:
                st.success(f"{add_folder(path).name} is added; pick it in the list.")
            except UserError as error:
                say(error)


def hyperparameters(dataset: Dataset) -> dict[str, int | float]:
    """Draw the presets and fields of a run; raises UserError for a rate that is no number."""
    st.pills("Preset", dataset.card.presets, key="preset", on_change=apply_preset, args=(dataset,))
    columns = st.columns(3)
    values: dict[str, int | float] = {}
    for place, (name, (label, low, high, default)) in enumerate(HYPERPARAMETERS.items()):
        st.session_state.setdefault(name, default)
        with columns[place % 3]:
            values[name] = st.number_input(label, low, high, key=name)
    st.session_state.setdefault("learning_rate", "0.001")
    with columns[2]:
        rate = st.text_input("Learning rate", key="learning_rate", help="For example 0.001 or 2e-4")
    try:
        values["learning_rate"] = float(rate)
    except ValueError:
        raise UserError(f"The learning rate “{rate}” is not a number.") from None
    if not 0 < values["learning_rate"] <= 0.1:
        raise UserError("The learning rate must be above 0 and at most 0.1.")
    return values


def first_example(dataset: Dataset, base_model: str) -> None:
    """Draw the first example's tokens, the trained ones highlighted."""
    tokenizer = chat_tokenizer(base_model)
    row = tokenizer.row(dataset.examples[0].as_dicts())
    marked = []
    for token, trained in zip(row.ids, row.trained, strict=True):
        text = plain(tokenizer.text_of(token).replace("\n", "⏎"))
        marked.append(f":red-background[{text}]" if trained else text)
    with st.container(border=True):
        st.markdown("**What the model reads** · it learns only the highlighted tokens")
        st.markdown("".join(marked))
        st.caption(f"First of {len(dataset.examples):,} examples · {len(row.ids)} tokens")


def launcher() -> None:
    """Draw the form and launch."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        dataset = dataset_picker()
        base_model = base_model_picker()
        try:
            values = hyperparameters(dataset)
        except UserError as error:
            say(error)
            return
        name = st.text_input("Name", placeholder="made up from dataset, base model and seed")
        launch = st.button(
            "Launch", type="primary", icon=":material/rocket_launch:", disabled=not base_model
        )
    if not base_model:
        return
    with right:
        try:
            first_example(dataset, base_model)
        except UserError as error:
            say(error)
    if launch:
        try:
            config = RunConfig(dataset=dataset.id, base_model=base_model, **values)  # type: ignore[arg-type]
            st.query_params["job"] = jobs.submit_run(config, name).id
        except UserError as error:
            say(error)


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


def details(job: Job, run: Run) -> None:
    """Draw one run: state, progress, curves, log, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{run.name}**", help=f"Run {run.id}, job {job.id}")
        state_badge(job)
        controls(job)
        st.button("Clone", icon=":material/content_copy:", on_click=clone, args=(run,))
        with st.popover("Rename"):
            rename(run)
    progress(job)
    if job.state == JobState.DONE:
        outcome(run)
    metrics = metrics_of(run.id)
    left, right = st.columns(2)
    total = job.total if job.stage == "Training" else (metrics[-1].step if metrics else 1)
    left.plotly_chart(plots.loss_curve(metrics, total), key="loss")
    right.plotly_chart(plots.learning_rate_curve(metrics, total), key="rate")
    if metrics:
        st.caption(
            f"Loss {metrics[-1].loss:.3f} at step {metrics[-1].step:,} · "
            f"{metrics[-1].tokens_per_second:,.0f} tokens/s · seed {run.config['seed']} · "
            f"dataset {run.dataset_sha256[:12]}"
        )
    with st.expander("Log"):
        st.code(jobs.log_tail(job) or "Nothing is logged yet.", language=None, height=260)


def rename(run: Run) -> None:
    """Draw the field for another name."""
    name = st.text_input("New name", run.name, key=f"name-{run.id}")
    if st.button("Rename", key=f"rename-{run.id}"):
        try:
            jobs.rename_run(run.id, name)
            st.rerun()
        except UserError as error:
            say(error)


def outcome(run: Run) -> None:
    """Draw what a finished run left and whether the engine serves it faithfully."""
    check = engine_check(run.id)
    if check is None:
        st.info("The engine has not loaded it yet; it does so within seconds while it runs.")
    elif check.passed:
        st.success(check.message, icon=":material/verified:")
    else:
        st.error(check.message, icon=":material/error:")
    with st.container(horizontal=True):
        st.page_link("pages/chat.py", label="Chat with it", icon=":material/forum:")
        st.page_link("pages/probe.py", label="Probe it", icon=":material/biotech:")


st.title("Finetune")
st.markdown("Teach a base model a tiny dataset, then see what else changed.")
launcher()
st.divider()
queue()
