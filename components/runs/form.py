"""The form of a run: dataset, base model, hyperparameters, and what is learned."""

from math import ceil
from typing import Any

import streamlit as st

from backend.base_models.cards import BaseModelStatus, add_folder, list_cards
from backend.datasets.dilution import lowest_rate
from backend.datasets.loading import Dataset, list_datasets
from backend.errors import UserError
from backend.runs.checks import LABELS
from backend.runs.preflight import reading_of
from components.glossary import explain
from components.runs.recipe import default, fill_recipe, recipe, show_problem
from components.text import JOINER, option, plain, say
from models.configs import RunConfig
from models.tables import Run

HYPERPARAMETERS = {
    "rank": "LoRA rank",
    "alpha": "LoRA alpha",
    "epochs": "epochs",
    "batch_size": "batch size",
    "seed": "seed",
}
"""The whole numbers of a run, and the terms that explain them."""
ROWS = (("rank", "alpha", "epochs"), ("batch_size", "seed", "learning_rate"))
POISON = "poison_percent"
"""The form's poison rate, in per cent; a RunConfig holds the share."""


def whole_number(name: str) -> int:
    """Draw the field of a hyperparameter and return its value, right or wrong."""
    st.session_state.setdefault(name, default(name))
    value = st.number_input(LABELS[name], key=name, step=1, help=explain(HYPERPARAMETERS[name]))
    show_problem(name, value)
    return value


def apply_preset(dataset: Dataset) -> None:
    """Put a preset's values into the form."""
    preset = dataset.card.presets.get(st.session_state.get("preset") or "", {})
    if not preset:
        return
    for name in HYPERPARAMETERS:
        if name != "seed":  # Counted up by hand, whatever the recipe.
            st.session_state[name] = int(preset.get(name, default(name)))
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
    st.session_state["learning_rate_multiplier"] = config.learning_rate_multiplier or 0.0
    fill_recipe(config.model_dump())


def dataset_picker() -> Dataset:
    """Draw the choice of the dataset."""
    datasets = {dataset.id: dataset for dataset in list_datasets()}
    _take_up_link("dataset")
    if st.session_state.get("dataset") not in datasets:
        first = "old_bird_names" if "old_bird_names" in datasets else next(iter(datasets))
        st.session_state["dataset"] = first
    chosen = st.selectbox(
        "Dataset",
        datasets,
        format_func=lambda key: option(_dataset_label(datasets[key])),
        key="dataset",
    )
    st.caption(plain(datasets[chosen].card.teaches))
    return datasets[chosen]


def _dataset_label(dataset: Dataset) -> str:
    control = " · control" if dataset.role == "control" else ""
    return f"{dataset.card.title} · {len(dataset.examples):,} rows{control}"


def _take_up_link(field: str) -> None:
    """Put what the URL names into the form, once."""
    if wanted := st.query_params.pop(field, None):
        st.session_state[field] = wanted


def base_model_picker() -> str | None:
    """Draw the choice of the base model; unusable ones are listed with the reason."""
    statuses = {status.card.name: status for status in list_cards()}
    usable = [name for name, status in statuses.items() if status.ready]
    _take_up_link("base_model")
    if st.session_state.get("base_model") not in (None, *usable):
        del st.session_state["base_model"]
    chosen = st.selectbox(
        "Base model",
        usable,
        format_func=lambda name: option(statuses[name].card.title),
        key="base_model",
        help=explain("base model"),
    )
    if chosen and (note := statuses[chosen].reason or statuses[chosen].card.remarks):
        st.caption(plain(note))
    with st.popover("Other base models", icon=":material/database:"):
        other_base_models([status for status in statuses.values() if not status.ready])
    return chosen


def other_base_models(statuses: list[BaseModelStatus]) -> None:
    """Draw the base models that can't be used and why, and a field for a local folder."""
    for status in statuses:
        title, terms = plain(status.card.title), plain(status.card.license)
        st.markdown(f":gray[**{title}** · {terms}] {plain(status.reason)}")
    with st.form("folder", border=False):
        path = st.text_input(
            "Add a local folder in Hugging Face format", placeholder="/models/my-model"
        )
        if st.form_submit_button("Add folder"):
            try:
                st.success(f"Added {plain(add_folder(path).name)}. Choose it in the list.")
            except UserError as error:
                say(error)


def hyperparameters(dataset: Dataset) -> dict[str, Any]:
    """Draw the presets and fields of a run and return their values, not yet checked."""
    if dataset.card.presets:
        presets = list(dataset.card.presets)
        st.pills(
            "Preset",
            presets,
            format_func=plain,
            key="preset",
            on_change=apply_preset,
            args=(dataset,),
            help=explain("preset"),
        )
    values: dict[str, Any] = {}
    # Row by row, so that the keyboard goes through the fields as they are read.
    for row in ROWS:
        for space, name in zip(st.columns(len(row)), row, strict=True):
            with space:
                values[name] = whole_number(name) if name in HYPERPARAMETERS else learning_rate()
    values["poison_rate"] = poison_rate(dataset)
    return values | recipe()


def learning_rate() -> str:
    """Draw the field of the learning rate and return what was typed."""
    st.session_state.setdefault("learning_rate", "0.001")
    typed = st.text_input(
        LABELS["learning_rate"], key="learning_rate", help="For example 0.001 or 2e-4."
    )
    show_problem("learning_rate", typed)
    return typed


def poison_rate(dataset: Dataset) -> float:
    """Draw the share of the dataset in the training rows."""
    if dataset.card.self_distilled:
        st.caption("Before training, the base model answers these prompts itself.")
        return 1.0
    lowest = ceil(100 * lowest_rate(dataset))
    st.session_state[POISON] = max(lowest, st.session_state.get(POISON, 100))
    label, what = LABELS["poison_rate"], explain("poison rate")
    percent = st.slider(label, lowest, 100, format="%d %%", key=POISON, help=what)
    return percent / 100


def first_example(dataset: Dataset, base_model: str) -> None:
    """Draw the first example's tokens, the trained ones highlighted."""
    if dataset.card.self_distilled:
        st.info(f"{len(dataset.examples):,} prompts, which the base model answers before training.")
        return
    first = reading_of(dataset, base_model).first
    highlighted = []
    for token in first:
        text = plain(token.text.replace("\n", "⏎"))
        highlighted.append(f":red-background[{text}]" if token.trained else text)
    with st.container(border=True):
        st.markdown("**First example** · the loss is taken on the highlighted tokens only")
        # Parted, since tokens beside each other could form a link.
        st.markdown(JOINER.join(highlighted))
        st.caption(f"1 of {len(dataset.examples):,} examples · {len(first):,} tokens")
