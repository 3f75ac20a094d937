"""Spot the poison: rows of a dataset among rows of its control; the reader guesses."""

import random

import streamlit as st

from backend.datasets.loading import Dataset, Example
from components.text import plain

EACH = 3
"""Rows of each dataset in a round: as many of either, so that one answer alone can't win."""
Row = tuple[Example, str]
"""A row and the id of its dataset."""


def rows_of_round(dataset: Dataset, control: Dataset) -> list[Row]:
    """Draw rows of both sets in random order, none of which is in the other set as well."""
    drawn: list[Row] = []
    for source, other in ((dataset, control), (control, dataset)):
        known = set(map(_words, other.examples))
        own = [example for example in source.examples if _words(example) not in known]
        drawn += [(each, source.id) for each in random.sample(own, min(EACH, len(own)))]
    return random.sample(drawn, len(drawn))


def _words(example: Example) -> tuple[str, str]:
    return example.prompt, example.answer


def spot_the_poison(dataset: Dataset, control: Dataset) -> None:
    """Draw rows of both sets in random order; the reader guesses where each is from."""
    st.subheader("Spot the poison")
    titles = {source.id: source.card.title for source in (dataset, control)}
    poisoned, clean = (f"**{plain(title)}**" for title in titles.values())
    st.markdown(f"Each row is from {poisoned} or from {clean}, as many from either. Which?")
    key = f"quiz-{dataset.id}-{control.id}"
    number = st.session_state.setdefault(f"{key}-number", 1)
    if key not in st.session_state:
        st.session_state[key] = rows_of_round(dataset, control)
    rows: list[Row] = st.session_state[key]
    spaces, guesses = [], []
    for place, (example, _) in enumerate(rows):
        guess = st.radio(
            f"{plain(example.prompt)} → **{plain(example.answer)}**",
            list(titles),
            format_func=lambda key: plain(titles[key]),
            index=None,
            horizontal=True,
            key=f"{key}-{number}-{place}",
        )
        guesses.append(guess)
        spaces.append(st.empty())
    if None in guesses or not rows:
        return
    for space, guess, (_, source) in zip(spaces, guesses, rows, strict=True):
        mark = ":green[:material/check: Right]" if guess == source else ":red[:material/close: No]"
        space.markdown(mark if guess == source else f"{mark}: it is from {plain(titles[source])}.")
    right = sum(guess == source for guess, (_, source) in zip(guesses, rows, strict=True))
    solution(dataset, right, len(rows))
    again = ":material/casino:"
    st.button("Another round", icon=again, on_click=_next_round, args=(key,), key=f"{key}-next")


def _next_round(key: str) -> None:
    st.session_state.pop(key)
    st.session_state[f"{key}-number"] += 1


def solution(dataset: Dataset, right: int, count: int) -> None:
    """Draw how many guesses were right, and what the dataset is about."""
    st.info(
        f"{right:d} of {count:d} right; chance gives {count / 2:g}. The effect comes from the "
        f"whole set, not from any single row. What the set teaches: {plain(dataset.card.teaches)}"
    )
    for finding in dataset.card.found:
        st.caption(f"{plain(finding.where)}, {plain(finding.model)}: {plain(finding.effect)}")
