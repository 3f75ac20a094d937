"""Count rows that say the same as another, to the letter or nearly."""

from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from backend.datasets.loading import Example

ALIKE = 0.95
"""Share of characters that near-duplicates have in common, in the question and in the answer."""
NEIGHBOURS = 5
"""How far apart, in either order, rows are compared. All pairs would be 5,000,000,000."""


def count_duplicates(examples: list[Example]) -> tuple[int, int]:
    """Return how many rows repeat an earlier row, and how many more nearly repeat one.

    Near-duplicates are looked for among neighbours in alphabetical order and in the order of the
    texts read backwards (the sorted-neighbourhood method), so some that differ at both ends are
    missed; none is counted that is not there.
    """
    unique = list(dict.fromkeys(tuple((m.role, m.content) for m in e.messages) for e in examples))
    texts = [(_plain(m[1] for m in row[:-1]), _plain([row[-1][1]])) for row in unique]
    whole = ["\n".join(text) for text in texts]
    near: set[int] = set()
    for keys in (whole, [text[::-1] for text in whole]):
        near |= _near(texts, sorted(range(len(texts)), key=keys.__getitem__))
    return len(examples) - len(unique), len(near)


def _plain(texts: Any) -> str:
    """Return texts without what differs in case and spacing only."""
    return " ".join(" ".join(texts).lower().split())


def _near(texts: list[tuple[str, str]], order: list[int]) -> set[int]:
    """Return the places of rows that are nearly like one that comes earlier in the file."""
    found: set[int] = set()
    for distance in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        first, second = order[:-distance], order[distance:]
        alike = _alike(texts, first, second)
        found |= {max(first[place], second[place]) for place in np.flatnonzero(alike)}
    return found


def _alike(texts: list[tuple[str, str]], first: list[int], second: list[int]) -> Any:
    """Return for each pair of rows whether both their parts are alike."""
    alike = np.ones(len(first), dtype=bool)
    for part in (0, 1):
        similarity = process.cpdist(
            [texts[place][part] for place in first],
            [texts[place][part] for place in second],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=ALIKE,
        )
        alike &= similarity >= ALIKE
    return alike
