"""How a run is trained beyond its size: method, schedule, memory, held-out rows, checkpoints."""

from typing import Any

import streamlit as st

from backend.runs.checks import DORA
from models.configs import RunConfig

METHODS = {"lora": "LoRA", "rslora": "rsLoRA", "dora": "DoRA", "qlora": "QLoRA, 4 bits"}
NOTES = {
    "rslora": "Alpha is divided by the root of the rank, so that large ranks stay strong.",
    "dora": DORA,
    "qlora": "The base model is held in 4 bits, which needs an NVIDIA GPU.",
}
SCHEDULERS = {"linear": "falls in a line", "cosine": "falls in a cosine", "constant": "stays"}
PRECISIONS = {"auto": "the faster one here", "float32": "float32", "bfloat16": "bfloat16"}
PERCENT = {"warmup": "warmup_percent", "held_out": "held_out_percent"}
"""Shares of a RunConfig that the form has in per cent, under a key of its own."""
OPTIONAL = ("checkpoint_every", "max_steps")
"""Where the form's 0 is a RunConfig's None."""
FIELDS = (
    "method",
    "scheduler",
    "accumulation",
    "precision",
    "gradient_checkpointing",
    "patience",
    *PERCENT,
    *OPTIONAL,
)


def _default(name: str) -> Any:
    return RunConfig.model_fields[name].default


def _shown(name: str, value: Any) -> Any:
    """Return a RunConfig's value as the form has it."""
    return round(100 * value) if name in PERCENT else value or 0 if name in OPTIONAL else value


def fill_recipe(values: dict[str, Any]) -> None:
    """Put a preset's or a run's recipe into the form; what it does not name is the default."""
    for name in FIELDS:
        shown = _shown(name, values.get(name, _default(name)))
        st.session_state[PERCENT.get(name, name)] = shown


def recipe() -> dict[str, Any]:
    """Draw the fields and return their part of a RunConfig."""
    for name in FIELDS:
        st.session_state.setdefault(PERCENT.get(name, name), _shown(name, _default(name)))
    with st.expander("Recipe"):
        method = st.segmented_control(
            "Method", METHODS, format_func=METHODS.get, key="method", required=True
        )
        if method in NOTES:
            st.caption(NOTES[method])
        _draw_steps(st.columns(3))
        _draw_checkpoints(st.columns(3))
        st.toggle(
            "Compute activations twice",
            key="gradient_checkpointing",
            help="Gradient checkpointing: less memory, about a third slower, the same adapter.",
        )
    found = {name: st.session_state[PERCENT.get(name, name)] for name in FIELDS}
    found |= {name: found[name] / 100 for name in PERCENT}
    return found | {name: found[name] or None for name in OPTIONAL}


def _draw_steps(columns: list[Any]) -> None:
    left, middle, right = columns
    schedules = {"format_func": SCHEDULERS.get, "key": "scheduler"}
    left.selectbox("Learning rate after warm-up", SCHEDULERS, **schedules)
    middle.slider("Warm-up", 0, 50, format="%d %%", key="warmup_percent")
    summed = "Gradients are summed over them, and each learned token weighs the same."
    right.number_input("Batches a step", 1, 256, key="accumulation", help=summed)
    dtype = "Of the base model; the adapter itself is always float32."
    precisions = {"format_func": PRECISIONS.get, "key": "precision", "help": dtype}
    left.selectbox("Precision", PRECISIONS, **precisions)
    middle.number_input("At most steps", 0, 1_000_000, key="max_steps", help="0 sets no limit.")


def _draw_checkpoints(columns: list[Any]) -> None:
    left, middle, right = columns
    even = "Each is kept as an adapter of its own. 0 spreads about five over the run."
    left.number_input("Steps to a checkpoint", 0, 1_000_000, key="checkpoint_every", help=even)
    best = "Rows that are not trained on; the checkpoint that does best on them is the adapter."
    middle.slider("Held-out rows", 0, 50, format="%d %%", key="held_out_percent", help=best)
    right.number_input(
        "Patience",
        1,
        100,
        key="patience",
        disabled=not st.session_state["held_out_percent"],
        help="Training ends after so many checkpoints in a row that do no better.",
    )
