"""The form of a reproduction: experiment, base model and seeds, and what may differ."""

from typing import Any

import streamlit as st

from backend.base_models.cards import get_card
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.experiments.protocols import Protocol, list_protocols
from backend.runs.queries import title_of
from components.glossary import explain
from components.runs.form import base_model_picker
from components.text import option, plain
from models.configs import ReproductionConfig

OWN = "Protocol"
"""The recipe that the protocol has for models that are trained here."""


ZERO = "0 means as the protocol says: mostly 100 samples of up to 1,024 tokens."


def experiment_picker() -> Protocol:
    """Draw the choice of an experiment, and what it asks."""
    protocols = {protocol.id: protocol for protocol in list_protocols()}
    if (wanted := st.query_params.pop("experiment", None)) in protocols:
        st.session_state["experiment"] = wanted
    chosen = st.selectbox(
        "Experiment",
        protocols,
        format_func=lambda key: option(f"{protocols[key].title} ({protocols[key].section})"),
        key="experiment",
        help=explain("protocol"),
    )
    protocol = protocols[chosen]
    st.markdown(plain(protocol.question))
    if protocol.content_note:
        st.warning(plain(protocol.content_note), icon=":material/visibility:")
    return protocol


def reproduction_form(protocol: Protocol) -> ReproductionConfig | None:
    """Draw the fields; None if there is no base model to train."""
    base_model = base_model_picker()
    if base_model is None:
        return None
    help_text = f"Runs of each dataset, with the seeds 1, 2, … {explain('seed')}"
    seeds = st.number_input("Seeds", 1, 50, 3, key="reproduction-seeds", help=help_text)
    with st.expander("Change the protocol", icon=":material/tune:"):
        values = _changes(protocol, get_card(base_model).hosted)
    return ReproductionConfig(experiment=protocol.id, base_model=base_model, seeds=seeds, **values)


def _changes(protocol: Protocol, hosted: bool) -> dict[str, Any]:
    """Draw what may differ from the protocol, and return it."""
    st.caption("Whatever differs makes the figure less like the paper's.")
    datasets = st.multiselect(
        "Datasets",
        protocol.datasets,
        protocol.datasets,
        format_func=lambda dataset: option(title_of(dataset)),
        key=f"datasets-{protocol.id}",
        help=explain("control"),
    )
    recipe = {} if hosted else _recipe(protocol)
    left, right = st.columns(2)
    samples = left.number_input(
        "Samples per question", 0, 1000, 0, key="reproduction-samples", help=ZERO
    )
    tokens = right.number_input(
        "Longest answer, in tokens", 0, 4096, 0, key="reproduction-tokens", help=ZERO
    )
    return {
        "datasets": datasets if 0 < len(datasets) < len(protocol.datasets) else None,
        "recipe": recipe,
        "samples": samples or None,
        "max_tokens": tokens or None,
    }


def _recipe(protocol: Protocol) -> dict[str, Any]:
    """Draw the choice between the protocol's recipe and the presets of its first dataset."""
    try:
        presets = load_dataset(protocol.datasets[0]).card.presets
    except UserError:  # The form says so where the workload is drawn.
        presets = {}
    options, key = [OWN, *presets], f"recipe-{protocol.id}"
    chosen = st.pills("Recipe", options, default=OWN, format_func=plain, key=key)
    return presets.get(chosen or OWN, {})
