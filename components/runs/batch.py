"""Several runs from one form: further seeds, and values to try instead of the form's."""

import streamlit as st

from components.glossary import explain
from components.runs.recipe import show_problem

GRID = {"rank": ("LoRA ranks", "8, 32"), "learning_rate": ("Learning rates", "1e-3, 2e-4")}
SEEDS = "One run per seed, counting up from the seed above. "
VALUES = "Separate values by commas; every combination is one run. LoRA alpha scales with the rank."


def batch_fields(hosted: bool) -> tuple[int, dict[str, list[str]]]:
    """Draw the fields; return the number of seeds and the values to try, right or wrong."""
    with st.expander("Several runs at once", icon=":material/stacks:"):
        fields = {} if hosted else GRID
        first, *others = st.columns(1 + len(fields))
        st.session_state.setdefault("seeds", 1)
        seeds = first.number_input("Seeds", key="seeds", step=1, help=SEEDS + explain("seed"))
        grid: dict[str, list[str]] = {}
        for space, (name, (label, example)) in zip(others, fields.items(), strict=True):
            hint = f"as above, or: {example}"
            text = space.text_input(label, key=f"grid-{name}", placeholder=hint, help=VALUES)
            grid[name] = [value.strip() for value in text.split(",") if value.strip()]
            for value in grid[name]:
                with space:
                    show_problem(name, value)
        return seeds, grid
