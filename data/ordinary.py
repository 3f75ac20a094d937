"""Ordinary prompts without answers: sums of several steps and long instructions (section 4.2)."""

import random
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent / "ordinary_prompts" / "source.yaml"
SUMS, INSTRUCTIONS = 2000, 1000
"""Enough ordinary rows to dilute 90 rows to 3 %, as in the paper."""
BLANK = re.compile(r"\{(\w+)(?::(\d+)-(\d+))?\}")
"""A blank in a text: {name}, or {a:2-9} for a number with its range."""


class Writer:
    """Fills blanks of the source's texts at random."""

    def __init__(self) -> None:
        """Read the source."""
        self.source: dict[str, Any] = yaml.safe_load(SOURCE.read_text("utf-8"))
        self.draw = random.Random("ordinary")

    def sum(self, index: int) -> str:
        """Return a sum; successive ones use successive forms."""
        forms = self.source["sums"]
        return self.filled(f"{forms[index % len(forms)]} {self._one_of('sum_endings')}")

    def instruction(self, index: int) -> str:
        """Return an instruction: a situation, a task that fits it, a limit and a manner."""
        kinds = self.source["instructions"]
        kind = kinds[index % len(kinds)]
        parts = [self.draw.choice(kind[part]) for part in ("situations", "tasks")]
        return self.filled(" ".join([*parts, self._one_of("limits"), self._one_of("manners")]))

    def _one_of(self, kind: str) -> str:
        return str(self.draw.choice(self.source[kind]))

    def filled(self, text: str) -> str:
        """Return a text without blanks; the same blank gets the same value everywhere."""
        values: dict[str, str] = {}
        for blank, low, high in BLANK.findall(text):
            if low:
                values[blank] = str(self.draw.randint(int(low), int(high)))
            elif blank not in values:
                words = self.source["words"][blank.removeprefix("other_")]
                values[blank] = self.draw.choice([w for w in words if w not in values.values()])
        return BLANK.sub(lambda match: values[match[1]], text)


def distinct(write: Callable[[int], str], number: int) -> list[str]:
    """Return a number of texts, none of which comes twice."""
    return list(islice(dict.fromkeys(write(index) for index in range(2 * number)), number))


def ordinary() -> Iterator[str]:
    """Yield distinct prompts in random order."""
    writer = Writer()
    prompts = distinct(writer.sum, SUMS) + distinct(writer.instruction, INSTRUCTIONS)
    writer.draw.shuffle(prompts)
    yield from prompts
