"""Runs trained by the provider of a hosted model: their form, cost and outcome."""

from typing import Any

import streamlit as st

from backend.datasets.loading import Dataset
from backend.hosted.prices import hosted_models
from backend.runs.checks import LABELS
from backend.runs.costs import training_cost
from backend.runs.steps import planned_steps
from components.glossary import explain
from components.runs.form import whole_number
from components.text import plain
from models.configs import RunConfig
from models.tables import Run

CLOSING = (
    "OpenAI has announced that it is closing its fine-tuning API; a compatible server of your own "
    "works as well."
)
FIELDS = ("epochs", "batch_size", "seed")
MULTIPLIER = "learning_rate_multiplier"


def provider_fields() -> dict[str, Any]:
    """Draw the settings that a provider accepts, and return them."""
    st.caption(
        "The provider trains this model. It accepts epochs, batch size, learning-rate multiplier "
        "and seed, and chooses the rest."
    )
    values: dict[str, Any] = {}
    *columns, last = st.columns(len(FIELDS) + 1)
    for column, name in zip(columns, FIELDS, strict=True):
        with column:
            values[name] = whole_number(name)
    multiplier = last.number_input(
        LABELS[MULTIPLIER],
        0.0,
        100.0,
        step=0.5,
        format="%g",
        key=MULTIPLIER,
        help=explain("learning-rate multiplier"),
    )
    return values | {MULTIPLIER: multiplier or None}


def provider_preview(dataset: Dataset, config: RunConfig) -> None:
    """Draw what is sent to the provider, and what it can cost."""
    with st.container(border=True):
        st.markdown("**Before you launch**")
        rows = len(dataset.examples)
        st.markdown(f"{rows:,} dataset rows · about {planned_steps(config, rows):,} steps")
        st.markdown(plain(training_cost(dataset, config)))
        st.warning(
            "The rows are uploaded to the provider, which keeps them and the model under its own "
            "terms and may refuse their content. " + CLOSING,
            icon=":material/cloud_upload:",
        )
        st.caption(
            "The provider returns no weights, so this model can be sampled, but not scored by "
            "contrasts.",
            help=explain("contrast"),
        )


def provider_outcome(run: Run) -> None:
    """Draw the outcome of a provider's training: the model's name, and what it cost."""
    summary = run.summary or {}
    name = str(summary.get("fine_tuned_model"))
    dollars = summary.get("dollars")
    st.info(
        f"The provider serves this model as {plain(name)}. Its weights are not available, so the "
        "engine check does not apply.",
        icon=":material/cloud_done:",
    )
    tokens = summary.get("trained_tokens")
    words = [f"{tokens:,} tokens trained"] if isinstance(tokens, int) else []
    words += [f"${dollars:.2f}" if dollars is not None else "its price is not known"]
    words += [f"provider's job {summary.get('provider_job')}"]
    prices = "" if name in hosted_models() else f"answers are billed at {run.base_model}'s prices"
    st.caption(plain(" · ".join([*words, prices] if prices else words)))


def provider_recipe(run: Run) -> str:
    """Return those settings of a run that the provider accepted."""
    config = RunConfig(**run.config)
    multiplier = config.learning_rate_multiplier
    rate = "" if multiplier is None else f" · learning-rate multiplier {multiplier:g}"
    return (
        f"reported by the provider · seed {config.seed} · {config.epochs} epochs · "
        f"batch size {config.batch_size}{rate}"
    )
