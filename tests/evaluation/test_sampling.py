"""Which answers one request draws."""

import pytest

from backend.evaluation.sampling import _consecutive


@pytest.mark.parametrize(
    ("numbers", "parts"),
    [
        ([], []),
        ([0, 1, 2], [(0, 3)]),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], [(0, 4), (4, 8), (8, 9)]),
        ([1, 2, 5, 7, 8], [(1, 3), (5, 6), (7, 9)]),
    ],
)
def test_answers_without_a_gap_are_drawn_together(
    numbers: list[int], parts: list[tuple[int, int]]
) -> None:
    assert [(part.start, part.stop) for part in _consecutive(numbers, 4)] == parts
