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
from models.configs import ReproductionConfig

OWN = "Protocol"
"""The recipe that the protocol has for models that are trained here."""


def experiment_picker() -> Protocol:
    """Draw the choice of an experiment, and what it asks."""
    protocols = {protocol.id: protocol for protocol in list_protocols()}
    chosen = st.selectbox(
        "Experiment",
        protocols,
        format_func=lambda key: f"{protocols[key].title} (section {protocols[key].section})",
        key="experiment",
        bind="query-params",
        help=explain("protocol"),
    )
    protocol = protocols[chosen]
    st.markdown(protocol.question)
    if protocol.content_note:
        st.warning(protocol.content_note, icon=":material/visibility:")
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
        format_func=title_of,
        key=f"datasets-{protocol.id}",
        help=explain("control"),
    )
    recipe = {} if hosted else _recipe(protocol)
    left, right = st.columns(2)
    samples = left.number_input(
        "Samples per question", 0, 1000, 0, key="reproduction-samples", help=_zero("100")
    )
    tokens = right.number_input(
        "Longest answer, in tokens", 0, 4096, 0, key="reproduction-tokens", help=_zero("1,024")
    )
    return {
        "datasets": datasets if 0 < len(datasets) < len(protocol.datasets) else None,
        "recipe": recipe,
        "samples": samples or None,
        "max_tokens": tokens or None,
    }


def _zero(usual: str) -> str:
    return f"0 means as the protocol says, mostly {usual}."


def _recipe(protocol: Protocol) -> dict[str, Any]:
    """Draw the choice between the protocol's recipe and the presets of its first dataset."""
    try:
        presets = load_dataset(protocol.datasets[0]).card.presets
    except UserError:  # The form says so where the plan is drawn.
        presets = {}
    chosen = st.pills("Recipe", [OWN, *presets], default=OWN, key=f"recipe-{protocol.id}")
    recipe = presets.get(chosen or OWN, {})
    if recipe and "poison_rate" in protocol.recipe:  # A preset says nothing of the protocol's.
        return {"poison_rate": 1.0, **recipe}
    return recipe
