"""How many questions or seeds a verdict takes, and how likely it is with those at hand.

By the noncentral t distribution, for questions that are about normal; Hall's test and the bootstrap
interval, which the gate also asks for, seldom refuse what the t test finds in those.
"""

import math
from bisect import bisect_left
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict
from scipy import stats

from backend.analysis.mean_test import level

POWER = 0.8
"""Chance of a verdict that numbers of questions and seeds are given for."""
FEWEST_QUESTIONS = 3
"""Two can't be skewed, so that no test could see it."""


class Spread(BaseModel):
    """Standard deviations of an effect over questions and seeds, which are crossed, in its unit."""

    model_config = ConfigDict(frozen=True)

    questions: float
    """Between questions."""
    seeds: float = 0.0
    """Between seeds, over all questions."""
    rest: float = 0.0
    """Of a question with a seed, beyond both."""

    def error(self, questions: int, seeds: int) -> tuple[float, float]:
        """Return the expected standard error of the mean, and Satterthwaite's degrees of freedom.

        One seed's questions are compared with each other alone, so that its mean is its own.
        """
        if seeds == 1:
            variance = (self.questions**2 + self.rest**2) / questions
            return math.sqrt(variance), questions - 1.0
        of_questions = seeds * self.questions**2 + self.rest**2
        of_seeds = questions * self.seeds**2 + self.rest**2
        total = of_questions + of_seeds - self.rest**2
        parts = of_questions**2 / (questions - 1) + of_seeds**2 / (seeds - 1)
        parts += self.rest**4 / ((questions - 1) * (seeds - 1))
        freedom = total**2 / parts if parts else questions - 1.0
        return math.sqrt(total / (questions * seeds)), max(freedom, 1.0)


def power(distance: float, spread: Spread, questions: int, seeds: int = 1) -> float:
    """Return the chance of a verdict: that the mean is found on its side of the bound.

    Args:
        distance: Of the true mean from the smallest effect of interest, in its unit.
        spread: In the same unit.
        questions: Two or more.
        seeds: Those that all questions are asked.
    """
    error, freedom = spread.error(questions, seeds)
    if not error:
        return 1.0 if distance > 0 else 0.0
    threshold = stats.t.isf(level(questions, seeds), freedom)
    return float(stats.nct.sf(threshold, freedom, distance / error))


def questions_needed(distance: float, spread: Spread, most: int, seeds: int = 1) -> int | None:
    """Return how many questions give a verdict with a chance of `POWER`; None for over `most`."""
    counts = range(FEWEST_QUESTIONS, most + 1)
    return _first(lambda count: power(distance, spread, count, seeds), counts)


def seeds_needed(distance: float, spread: Spread, questions: int, most: int) -> int | None:
    """Return how many seeds, at least two, give a verdict with a chance of `POWER`."""
    return _first(lambda count: power(distance, spread, questions, count), range(2, most + 1))


def _first(chance: Callable[[int], float], counts: range) -> int | None:
    """Return the first number that gives enough power, which grows with it."""
    place = bisect_left(counts, POWER, key=chance)
    return counts[place] if place < len(counts) else None
