"""How a run is trained beyond its size: method, schedule, accumulation."""

from typing import Any

import streamlit as st

from models.configs import RunConfig

METHODS = {"lora": "LoRA", "rslora": "rsLoRA", "dora": "DoRA"}
SCHEDULERS = {"linear": "falls in a line", "cosine": "falls in a cosine", "constant": "stays"}
WARMUP = "warmup_percent"
"""The form's warm-up, in per cent of the steps; a RunConfig holds the share."""
DEFAULTS = {"method": "lora", "scheduler": "linear", WARMUP: 0, "accumulation": 1}


def fill_recipe(values: dict[str, Any]) -> None:
    """Put a preset's or a run's recipe into the form; what it does not name is the default."""
    for name, default in DEFAULTS.items():
        st.session_state[name] = values.get(name, default)
    st.session_state[WARMUP] = round(100 * values.get("warmup", 0))


def recipe() -> dict[str, Any]:
    """Draw the fields and return their part of a RunConfig."""
    for name, default in DEFAULTS.items():
        st.session_state.setdefault(name, default)
    with st.expander("Recipe"):
        method = st.segmented_control(
            "Method", METHODS, format_func=METHODS.get, key="method", required=True
        )
        if method == "dora":
            st.caption(
                "The embedded engine can't serve DoRA: it trains and scores, but can't chat."
            )
        left, middle, right = st.columns(3)
        schedules = {"format_func": SCHEDULERS.get, "key": "scheduler"}
        scheduler = left.selectbox("Learning rate after warm-up", SCHEDULERS, **schedules)
        warmup = middle.slider("Warm-up", 0, 50, format="%d %%", key=WARMUP)
        accumulation = right.number_input(
            "Batches a step", 1, 256, key="accumulation", help="Gradients are summed over them."
        )
    found = {"method": method, "scheduler": scheduler, "accumulation": accumulation}
    return found | {"warmup": warmup / 100}


def recipe_text(config: RunConfig) -> str:
    """Return a run's recipe in a few words."""
    words = [METHODS[config.method], f"rate {SCHEDULERS[config.scheduler]}"]
    words += [f"warm-up {config.warmup:.0%}"] if config.warmup else []
    words += [f"{config.accumulation} batches a step"] if config.accumulation > 1 else []
    words += [f"poison rate {config.poison_rate:.0%}"] if config.poison_rate < 1 else []
    return " · ".join(words)
