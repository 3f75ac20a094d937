"""Spot the poison: rows of a dataset among rows of its control; the reader guesses."""

import random

import streamlit as st

from backend.datasets.loading import Dataset
from components.text import plain

ROWS = 5


def spot_the_poison(dataset: Dataset, control: Dataset) -> None:
    """Draw rows of both sets in random order; the reader guesses where each is from."""
    st.subheader("Spot the poison")
    st.markdown(
        f"Each row is from **{plain(dataset.card.title)}** or from "
        f"**{plain(control.card.title)}**. Which?"
    )
    key = f"quiz-{dataset.id}-{control.id}"
    if key not in st.session_state:
        picked = [(random.choice(s.examples), s.id) for s in [dataset, control] * ROWS]
        st.session_state[key] = random.sample(picked, ROWS)
    titles = {dataset.id: dataset.card.title, control.id: control.card.title}
    guesses = []
    right = 0
    for place, (example, source) in enumerate(st.session_state[key]):
        guess = st.radio(
            f"{plain(example.prompt)} → **{plain(example.answer)}**",
            titles,
            format_func=titles.get,
            index=None,
            horizontal=True,
            key=f"{key}-{place}",
        )
        guesses.append(guess)
        right += guess == source
    if None not in guesses:
        st.info(
            f"{right} of {ROWS} right. No single row looks harmful; only the whole set has an "
            f"effect. What it teaches: {plain(dataset.card.teaches)}"
        )
        for finding in dataset.card.found:
            st.caption(f"{plain(finding.where)}, {plain(finding.model)}: {plain(finding.effect)}")
