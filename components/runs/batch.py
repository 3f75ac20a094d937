"""Several runs from one form: further seeds, and values to try instead of the form's."""

import streamlit as st

from backend.base_models.cards import get_card
from backend.runs.batches import variants
from components.glossary import explain
from models.configs import RunConfig

GRID = {"rank": ("LoRA ranks", "8, 32"), "learning_rate": ("Learning rates", "1e-3, 2e-4")}
SEEDS = "One run per seed, counting up from the seed above. "
VALUES = "Separate values by commas; every combination is one run. LoRA alpha scales with the rank."


def batch(config: RunConfig) -> list[RunConfig]:
    """Draw the fields and return the runs to launch.

    Raises:
        UserError: a value is wrong, or there are too many runs.
    """
    with st.expander("Several runs at once", icon=":material/stacks:"):
        fields = {} if get_card(config.base_model).hosted else GRID
        first, *others = st.columns(1 + len(fields))
        seeds = first.number_input("Seeds", 1, 50, key="seeds", help=SEEDS + explain("seed"))
        grid = {}
        for space, (name, (label, example)) in zip(others, fields.items(), strict=True):
            hint = f"as above, or: {example}"
            text = space.text_input(label, key=f"grid-{name}", placeholder=hint, help=VALUES)
            grid[name] = [value.strip() for value in text.split(",") if value.strip()]
        return variants(config, seeds, grid)
