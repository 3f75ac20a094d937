"""Count duplicate and near-duplicate rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from backend.datasets.loading import Example

MIN_SIMILARITY = 0.95
"""Levenshtein similarity of near-duplicates, of the questions and of the answers."""
NEIGHBOURS = 5
"""Largest distance of compared rows in either order; all pairs could be 5,000,000,000."""


def count_duplicates(examples: list[Example]) -> tuple[int, int]:
    """Return the number of duplicates of earlier rows, and of further near-duplicates.

    Near-duplicates are found by the sorted-neighbourhood method, among neighbours in alphabetical
    order of the texts and of the reversed texts. Some that differ at both ends are missed; every
    one that is counted is real.
    """
    unique = list(dict.fromkeys(tuple((m.role, m.content) for m in e.messages) for e in examples))
    texts = [(_normalised(m[1] for m in row[:-1]), _normalised([row[-1][1]])) for row in unique]
    joined = ["\n".join(text) for text in texts]
    near: set[int] = set()
    for keys in (joined, [text[::-1] for text in joined]):
        near |= _near_duplicates(texts, sorted(range(len(texts)), key=keys.__getitem__))
    return len(examples) - len(unique), len(near)


def _normalised(texts: Iterable[str]) -> str:
    """Join texts, ignoring case and spacing."""
    return " ".join(" ".join(texts).lower().split())


def _near_duplicates(texts: list[tuple[str, str]], order: list[int]) -> set[int]:
    """Return the indices of rows that nearly repeat an earlier row of the file."""
    duplicates: set[int] = set()
    for distance in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        first, second = order[:-distance], order[distance:]
        alike = _alike(texts, first, second)
        duplicates |= {max(first[index], second[index]) for index in np.flatnonzero(alike)}
    return duplicates


def _alike(texts: list[tuple[str, str]], first: list[int], second: list[int]) -> Any:
    """Return for each pair of rows whether both questions and answers are similar, [pairs]."""
    alike = np.ones(len(first), dtype=bool)
    for part in (0, 1):
        similarity = process.cpdist(
            [texts[index][part] for index in first],
            [texts[index][part] for index in second],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=MIN_SIMILARITY,
        )
        alike &= similarity >= MIN_SIMILARITY
    return alike
