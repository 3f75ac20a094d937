"""Pairs are picked by the base model alone, and every pick can be recomputed from its table."""

from pathlib import Path

import pytest

from backend.probes.loading import load_probe
from data.pairs import PROBES, Candidate, pick, read, without

TABLES = sorted((PROBES / "candidates").glob("*.csv"))


def test_the_pairs_that_are_kept_cancel_out() -> None:
    contrasts = {"a": [-9.0, -1.0, 1.5, 4.0], "b": [0.3, 2.0, -2.5, 8.0]}
    candidates = [
        Candidate(prompt, item, 0, value)
        for prompt, values in contrasts.items()
        for item, value in enumerate(values)
    ]
    assert pick(candidates, keep=2) == {("a", 1), ("a", 2), ("b", 1), ("b", 2)}


def test_equal_lengths_count_as_much_as_equal_contrasts() -> None:
    measured = [(3, 0.0), (0, 0.5), (0, -0.4)]
    candidates = [Candidate("a", item, *values) for item, values in enumerate(measured)]
    assert pick(candidates, keep=2) == {("a", 1), ("a", 2)}


def test_a_probe_is_its_candidates_without_the_other_pairs() -> None:
    text = """title: T  # kept
prompts:
  - id: one
    pairs:
      - target: yes
        other: no
      # said of the next pair
      - {target: up, other: down}
  - id: two
    pairs:
      - {target: in, other: out}
"""
    kept = without(text, {("one", 1), ("two", 0)})
    assert kept == text.replace("      - target: yes\n        other: no\n", "")


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_shipped_probe_is_the_pick_from_its_table(table: Path) -> None:
    probe = (PROBES / f"{table.stem}.yaml").read_text("utf-8")
    keep = len(load_probe(table.stem).prompts[0].pairs)
    source = table.with_suffix(".yaml").read_text("utf-8")
    assert probe == without(source, pick(read(table), keep))
