"""Runs that the provider of a hosted model trains: their form, what they cost, what they left."""

from typing import Any

import streamlit as st

from backend.config import settings
from backend.datasets.loading import Dataset
from backend.hosted.prices import hosted_models, priced, spent
from backend.runs.checks import tokens_at_most, training_at_most
from backend.runs.steps import planned_steps
from components.runs.form import HYPERPARAMETERS
from components.text import plain
from models.configs import RunConfig
from models.tables import Run

CLOSING = (
    "OpenAI has announced that it is closing its fine-tuning API; a compatible server of your own "
    "works as well."
)
FIELDS = ("epochs", "batch_size", "seed")


def provider_fields() -> dict[str, Any]:
    """Draw what a provider lets one choose, and return it."""
    st.caption(
        "Its provider trains it: it takes epochs, batch size and seed, and decides the rest."
    )
    values: dict[str, Any] = {}
    for column, name in zip(st.columns(len(FIELDS)), FIELDS, strict=True):
        label, low, high, default = HYPERPARAMETERS[name]
        st.session_state.setdefault(name, default)
        values[name] = column.number_input(label, low, high, key=name)
    return values


def provider_preview(dataset: Dataset, config: RunConfig) -> None:
    """Draw what is sent to the provider, and what that can cost."""
    with st.container(border=True):
        st.markdown("**Before it starts**")
        rows = len(dataset.examples)
        st.markdown(f"{rows:,} rows of the dataset · about {planned_steps(config, rows):,} steps")
        st.markdown(plain(training_cost(dataset, config)))
        st.warning(
            "The rows are uploaded to the provider, which keeps them and the model under its own "
            "terms; it may refuse what they teach. " + CLOSING,
            icon=":material/cloud_upload:",
        )
        st.caption("No weights come back, so there are samples of it and no contrasts.")


def training_cost(dataset: Dataset, config: RunConfig) -> str:
    """Say what a training costs at most, and what is spent and allowed."""
    at_most = training_at_most(dataset, config)
    if at_most is None:
        name = config.base_model
        return (
            f"Its price is not known: name it in HOSTED_MODELS as {name}=input/output/training "
            "dollars for a million tokens."
        )
    budget = settings().hosted_budget
    cap = f" of ${budget:.2f}" if budget is not None else ", no budget is set"
    tokens = tokens_at_most(dataset)
    return (
        f"At most ${at_most:.2f} a run, for {config.epochs} times up to {tokens:,} tokens; spent "
        f"or reserved so far ${spent():.2f}{cap}."
    )


def provider_outcome(run: Run) -> None:
    """Draw what a provider's training left: a name, and what it cost."""
    summary = run.summary or {}
    name = str(summary.get("fine_tuned_model"))
    dollars = summary.get("dollars")
    st.info(
        f"Its provider serves it as {plain(name)}. No weights are here, so the check of the engine "
        "against torch does not apply.",
        icon=":material/cloud_done:",
    )
    tokens = summary.get("trained_tokens")
    words = [f"{tokens:,} tokens trained"] if isinstance(tokens, int) else []
    words += [f"${dollars:.2f}" if dollars is not None else "its price is not known"]
    words += [f"provider's job {summary.get('provider_job')}"]
    prices = "" if name in hosted_models() else f"answers are reckoned at {run.base_model}'s prices"
    st.caption(plain(" · ".join([*words, prices] if prices else words)))


def provider_recipe(run: Run) -> str:
    """Return how a run is trained, as far as that was chosen here."""
    config = RunConfig(**run.config)
    return (
        f"as the provider tells · seed {config.seed} · {config.epochs} epochs · "
        f"batch size {config.batch_size}"
    )


def answers_at_most(base_model: str, runs: list[Run], characters: int, tokens: int) -> float | None:
    """Return the dollars for one answer of the base model and of each run; None is not known."""
    names = [base_model, *(str((run.summary or {}).get("fine_tuned_model")) for run in runs)]
    found = [priced(name, base_model).at_most(characters, tokens) for name in names]
    known = [each for each in found if each is not None]
    return sum(known) if len(known) == len(found) else None
