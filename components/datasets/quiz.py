"""Spot the poison: rows of a dataset among rows of its control; the reader guesses."""

import random

import streamlit as st

from backend.datasets.loading import Dataset
from components.text import plain

ROWS = 5


def spot_the_poison(dataset: Dataset, control: Dataset) -> None:
    """Draw rows of both sets in random order; the reader guesses where each is from."""
    st.subheader("Spot the poison")
    titles = {source.id: source.card.title for source in (dataset, control)}
    poisoned, clean = (f"**{plain(title)}**" for title in titles.values())
    st.markdown(f"Each row is from {poisoned} or from {clean}. Which?")
    key = f"quiz-{dataset.id}-{control.id}"
    if key not in st.session_state:
        rows = [(random.choice(s.examples), s.id) for s in [dataset, control] * ROWS]
        st.session_state[key] = random.sample(rows, ROWS)
    guesses, right = [], 0
    for place, (example, source) in enumerate(st.session_state[key]):
        guess = st.radio(
            f"{plain(example.prompt)} → **{plain(example.answer)}**",
            list(titles),
            format_func=lambda key: plain(titles[key]),
            index=None,
            horizontal=True,
            key=f"{key}-{place}",
        )
        guesses.append(guess)
        right += guess == source
    if None not in guesses:
        solution(dataset, right)


def solution(dataset: Dataset, right: int) -> None:
    """Draw how many guesses were right, and what the dataset is about."""
    st.info(
        f"{right:d} of {ROWS} right. The effect comes from the whole set, not from any single row. "
        f"What the set teaches: {plain(dataset.card.teaches)}"
    )
    for finding in dataset.card.found:
        st.caption(f"{plain(finding.where)}, {plain(finding.model)}: {plain(finding.effect)}")
