"""The form of a run: dataset, base model, hyperparameters, and what is learned."""

from typing import Any

import streamlit as st

from backend.base_models.cards import BaseModelStatus, add_folder, list_cards
from backend.base_models.tokenizer import chat_tokenizer
from backend.datasets.loading import Dataset, list_datasets
from backend.errors import UserError
from components.runs.recipe import fill_recipe, recipe
from components.text import plain, say
from models.configs import RunConfig
from models.tables import Run

HYPERPARAMETERS = {
    "rank": ("LoRA rank", 1, 256, 32),
    "alpha": ("LoRA alpha", 1, 1024, 64),
    "epochs": ("Epochs", 1, 100, 3),
    "batch_size": ("Batch size", 1, 256, 8),
    "seed": ("Seed", 0, 2**31 - 1, 1),
}
POISON = "poison_percent"
"""The form's poison rate, in per cent; a RunConfig holds the share."""


def apply_preset(dataset: Dataset) -> None:
    """Put a preset's values into the form."""
    preset = dataset.card.presets.get(st.session_state.get("preset") or "", {})
    if not preset:
        return
    for name, (_, _, _, default) in HYPERPARAMETERS.items():
        if name != "seed":  # What a person counts up, whatever the recipe.
            st.session_state[name] = int(preset.get(name, default))
    st.session_state["learning_rate"] = f"{preset.get('learning_rate', 0.001):g}"
    st.session_state[POISON] = round(100 * float(preset.get("poison_rate", 1)))
    fill_recipe(preset)


def clone(run: Run) -> None:
    """Put a run's configuration into the form."""
    config = RunConfig(**run.config)
    for name in ("dataset", "base_model", *HYPERPARAMETERS):
        st.session_state[name] = getattr(config, name)
    st.session_state["learning_rate"] = f"{config.learning_rate:g}"
    st.session_state[POISON] = round(100 * config.poison_rate)
    fill_recipe(config.model_dump())


def dataset_picker() -> Dataset:
    """Draw the choice of the dataset."""
    found = {dataset.id: dataset for dataset in list_datasets()}
    titles = {
        d.id: f"{d.card.title} · {len(d.examples):,} rows" + (" · control" * (d.role == "control"))
        for d in found.values()
    }
    default = list(found).index("old_bird_names") if "old_bird_names" in found else 0
    if wanted := st.query_params.get("dataset"):  # A link from the datasets page, taken once.
        st.session_state["dataset"] = wanted
        del st.query_params["dataset"]
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
    if wanted := st.query_params.get("base_model"):  # A link from a primed run, taken once.
        st.session_state["base_model"] = wanted
        del st.query_params["base_model"]
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


def hyperparameters(dataset: Dataset) -> dict[str, Any]:
    """Draw the presets and fields of a run and return what they say, checked by nobody yet."""
    st.pills("Preset", dataset.card.presets, key="preset", on_change=apply_preset, args=(dataset,))
    columns = st.columns(3)
    values: dict[str, Any] = {}
    for place, (name, (label, low, high, default)) in enumerate(HYPERPARAMETERS.items()):
        st.session_state.setdefault(name, default)
        with columns[place % 3]:
            values[name] = st.number_input(label, low, high, key=name)
    st.session_state.setdefault("learning_rate", "0.001")
    with columns[2]:
        values["learning_rate"] = st.text_input(
            "Learning rate", key="learning_rate", help="For example 0.001 or 2e-4"
        )
    values["poison_rate"] = poison_rate(dataset)
    return values | recipe()


def poison_rate(dataset: Dataset) -> float:
    """Draw how far the dataset is diluted."""
    if dataset.card.self_distilled:
        st.caption("The base model answers these prompts itself before training; that is kept.")
        return 1.0
    st.session_state.setdefault(POISON, 100)
    percent = st.slider(
        "Poison rate",
        1,
        100,
        format="%d %%",
        key=POISON,
        help="Share of this dataset in what is trained; the rest are ordinary questions that the "
        "base model answers itself.",
    )
    return percent / 100


def first_example(dataset: Dataset, base_model: str) -> None:
    """Draw the first example's tokens, the trained ones highlighted."""
    if dataset.card.self_distilled:
        st.info(f"{len(dataset.examples):,} prompts, for which the base model writes the answers.")
        return
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
