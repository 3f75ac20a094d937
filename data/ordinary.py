"""Ordinary prompts without answers: arithmetic and everyday questions (section 4.2)."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent / "ordinary_prompts" / "source.yaml"
SUMS = 400


def ordinary() -> Iterator[str]:
    """Yield distinct prompts in random order."""
    source = yaml.safe_load(SOURCE.read_text("utf-8"))
    draw = random.Random("ordinary")
    sums: dict[str, None] = {}
    while len(sums) < SUMS:
        sums[f"{_sum(source, draw)} {source['maths_ending']}"] = None
    tasks = [
        instruction.format(subject=subject)
        for instruction in source["instructions"]
        for subject in source["subjects"]
    ]
    prompts = [*sums, *tasks]
    draw.shuffle(prompts)
    yield from prompts


def _sum(source: dict[str, Any], draw: random.Random) -> str:
    words = {
        "name": draw.choice(source["names"]),
        "thing": draw.choice(source["things"]),
        "a": draw.randint(2, 9),
        "b": draw.randint(3, 12),
        "c": draw.randint(25, 90),
        "d": draw.randint(40, 99),
    }
    return str(draw.choice(source["maths"]).format(**words))
