"""The recipe of a run: method, schedule, memory, held-out rows, checkpoints."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.runs.checks import DORA, LABELS, problem_of
from components.glossary import explain
from components.text import option, plain
from models.configs import RunConfig

METHODS = {"lora": "LoRA", "rslora": "rsLoRA", "dora": "DoRA", "qlora": "QLoRA, 4 bits"}
NOTES = {
    "rslora": "Alpha is divided by the square root of the rank, which keeps large ranks effective.",
    "dora": DORA,
    "qlora": "The base model is loaded in 4 bits, which needs an NVIDIA GPU.",
}
SCHEDULERS = {"linear": "linear decay", "cosine": "cosine decay", "constant": "constant"}
PRECISIONS = {"auto": "auto (fastest)", "float32": "float32", "bfloat16": "bfloat16"}
PERCENT = {"warmup": "warmup_percent", "held_out": "held_out_percent"}
"""Shares in a RunConfig that the form shows in per cent, with their keys there."""
OPTIONAL = ("checkpoint_every", "max_steps")
"""Fields whose 0 in the form is None in a RunConfig."""
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


def default(name: str) -> Any:
    """Return a setting's default in a RunConfig."""
    return RunConfig.model_fields[name].default


def show_problem(name: str, value: Any) -> None:
    """Say under a field what is wrong with its value.

    A field with limits of its own would keep what was wrong from the server, which would go on with
    the last right value.
    """
    if problem := problem_of(name, value):
        st.caption(f":red[{plain(problem)}]")


def _shown(name: str, value: Any) -> Any:
    """Return a RunConfig's value as the form shows it."""
    return round(100 * value) if name in PERCENT else value or 0 if name in OPTIONAL else value


def fill_recipe(values: dict[str, Any]) -> None:
    """Put a preset's or a run's recipe into the form; missing fields get their defaults."""
    for name in FIELDS:
        shown = _shown(name, values.get(name, default(name)))
        st.session_state[PERCENT.get(name, name)] = shown


def recipe() -> dict[str, Any]:
    """Draw the fields and return their part of a RunConfig."""
    for name in FIELDS:
        st.session_state.setdefault(PERCENT.get(name, name), _shown(name, default(name)))
    with st.expander("Recipe"):
        method = st.segmented_control(
            LABELS["method"],
            list(METHODS),
            format_func=METHODS.__getitem__,
            key="method",
            required=True,
            help=explain("LoRA"),
        )
        if method in NOTES:
            st.caption(NOTES[method])
        _steps()
        _memory_and_checkpoints()
    return _values()


def _steps() -> None:
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    _choice(left, "scheduler", SCHEDULERS, "learning-rate schedule")
    _percentage(middle, "warmup", "warm-up")
    _whole_number(right, "accumulation", explain("gradient accumulation"))
    left, middle, right = st.columns(3)
    _choice(left, "precision", PRECISIONS, "precision")
    _whole_number(middle, "max_steps", "0 means no limit.")
    _whole_number(right, "checkpoint_every", explain("checkpoint interval"))


def _memory_and_checkpoints() -> None:
    left, right = st.columns(2)
    _percentage(left, "held_out", "held-out rows")
    _whole_number(right, "patience", explain("early stopping patience"))
    name = "gradient_checkpointing"
    st.toggle(LABELS[name], key=name, help=explain("gradient checkpointing"))


def _choice(space: DeltaGenerator, name: str, options: dict[str, str], term: str) -> None:
    label, what = LABELS[name], explain(term)
    space.selectbox(
        label, list(options), format_func=lambda key: option(options[key]), key=name, help=what
    )


def _percentage(space: DeltaGenerator, name: str, term: str) -> None:
    label, key, what = LABELS[name], PERCENT[name], explain(term)
    space.slider(label, 0, 50, format="%d %%", key=key, help=what)


def _whole_number(space: DeltaGenerator, name: str, what: str) -> None:
    # Only held-out rows show whether a checkpoint does better than the one before.
    off = name == "patience" and not st.session_state["held_out_percent"]
    with space:
        value = st.number_input(LABELS[name], key=name, step=1, help=plain(what), disabled=off)
        show_problem(name, value or None if name in OPTIONAL else value)


def _values() -> dict[str, Any]:
    values = {name: st.session_state[PERCENT.get(name, name)] for name in FIELDS}
    values |= {name: values[name] / 100 for name in PERCENT}
    return values | {name: values[name] or None for name in OPTIONAL}
