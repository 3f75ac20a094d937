"""Error rates of shares of answers: `python -m benchmarks.rates`.

Simulates probes whose questions differ in how often a model's answers are on the target side, by a
normal distribution of their logits, and prints how often the 95 % interval of the share holds the
true one: pooled over all answers (Wilson), as the lab did once, and by questions and seeds, as it
does now. Then it prints how often each verdict is said of the difference between a run and its
control, whose questions differ alike only in part.
"""

import argparse
from collections import Counter
from functools import cache
from typing import get_args

import numpy as np
import pandas as pd
from scipy import optimize, special, stats
from statsmodels.stats.proportion import proportion_confint

from backend.analysis.effects import beyond_control
from backend.analysis.shares import POINTS, share_with_interval
from backend.analysis.verdict import Kind, gate

TRIALS = 300
SPREAD = 2.0
"""Standard deviation of logits between questions."""
SEEDS = 0.5
"""The same between seeds, where there are several."""
SHARES = (0.5, 0.1)
COVERAGE = [(10, 1, 100), (10, 3, 100), (8, 3, 20), (40, 1, 10), (15, 1, 4), (5, 1, 20), (3, 1, 20)]
"""Questions, seeds, and answers to each question by each seed."""

VERDICTS = [(10, 3, 100), (40, 1, 10), (15, 1, 4), (8, 1, 1)]
CONTROL = 0.1
"""True share of the control, on the target side."""
SMALLEST = 10.0
"""Smallest effect of interest, in points; "present" is an error up to it, "absent" from it on."""
DIFFERENCES = (0.0, 10.0, 40.0)
"""True differences between run and control, in points."""
ALIKE = 0.5
"""Correlation of the questions' logits between run and control."""

Design = tuple[int, int, int]


@cache
def centre(share: float, spread: float) -> float:
    """Return the mean logit at which questions of a spread have a mean share."""
    deviations = np.linspace(-6, 6, 1201)
    weights = stats.norm.pdf(deviations) / stats.norm.pdf(deviations).sum()

    def excess(middle: float) -> float:
        return float((special.expit(middle + spread * deviations) * weights).sum() - share)

    return float(optimize.brentq(excess, -20, 20))


def counts(
    random: np.random.Generator, design: Design, share: float, common: np.ndarray | None = None
) -> np.ndarray:
    """Return how many answers are on the target side, questions x seeds, for a true share.

    Args:
        random: Generator of the answers.
        design: Questions, seeds and answers.
        share: The true share, over all questions that could be asked and all seeds.
        common: Deviations of the questions that other models have too, questions x 1.
    """
    questions, seeds, answers = design
    between = SEEDS if seeds > 1 else 0.0
    logits = centre(share, float(np.hypot(SPREAD, between)))
    deviations = random.standard_normal((questions, 1))
    if common is not None:
        deviations = np.sqrt(ALIKE) * common + np.sqrt(1 - ALIKE) * deviations
    logits = logits + SPREAD * deviations
    logits = logits + between * random.standard_normal((1, seeds))
    return random.binomial(answers, special.expit(logits))


def answers_of(hits: np.ndarray, answers: int) -> pd.DataFrame:
    """Return one row for each answer, as `share_with_interval` takes them."""
    prompt, model = np.indices(hits.shape).reshape(2, -1).repeat(answers, axis=1)
    side = (np.arange(answers) < hits.reshape(-1, 1)).reshape(-1).astype(float)
    return pd.DataFrame({"prompt": prompt, "model": model, "side": side})


def coverage(design: Design, share: float, trials: int = TRIALS) -> tuple[float, float]:
    """Return how often the pooled and the clustered interval hold the true share."""
    random = np.random.default_rng(0)
    held = np.zeros(2)
    for _ in range(trials):
        hits = counts(random, design, share)
        low, high = proportion_confint(hits.sum(), hits.size * design[2], method="wilson")
        estimate = share_with_interval(answers_of(hits, design[2]))
        assert estimate and estimate.low is not None and estimate.high is not None
        held += [low <= share <= high, estimate.low <= share <= estimate.high]
    pooled, clustered = held / trials
    return float(pooled), float(clustered)


def shares_of(hits: np.ndarray, answers: int, role: str) -> pd.DataFrame:
    """Return one row for each question and seed, as `shifted_shares` does for a base at 0."""
    prompt, seed = np.indices(hits.shape).reshape(2, -1)
    rows = {"prompt": prompt, "seed": seed, "hits": hits.reshape(-1), "scored": answers}
    table = pd.DataFrame(rows | {"dataset": role, "today": True, "recipe": "r"})
    controls_for = "finetuned" if role == "control" else None
    shift = POINTS * table["hits"] / table["scored"]
    return table.assign(shift=shift, controls_for=controls_for)


def verdicts(design: Design, difference: float, trials: int = TRIALS) -> dict[str, float]:
    """Return the share of each verdict for a true difference in points."""
    random = np.random.default_rng(0)
    said: Counter[str] = Counter()
    for _ in range(trials):
        common = random.standard_normal((design[0], 1))
        control = counts(random, design, CONTROL, common)
        run = counts(random, design, CONTROL + difference / POINTS, common)
        sides = [shares_of(run, design[2], "finetuned"), shares_of(control, design[2], "control")]
        estimate = beyond_control(pd.concat(sides), "finetuned")
        said[gate(estimate, SMALLEST).kind if estimate else "undecided"] += 1
    return {kind: said[kind] / trials for kind in get_args(Kind)}


def main() -> None:
    """Print the tables of coverage and of verdicts."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.rates",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    print("questions seeds answers  share  pooled  by question")
    for design in COVERAGE:
        for share in SHARES:
            pooled, clustered = coverage(design, share)
            questions, seeds, answers = design
            print(f"{questions:9} {seeds:5} {answers:7} {share:6.0%}", end="")
            print(f" {pooled:7.0%} {clustered:12.0%}", flush=True)
    print()
    print("questions seeds answers  truth   present   absent opposite undecided")
    for design in VERDICTS:
        for difference in DIFFERENCES:
            questions, seeds, answers = design
            print(f"{questions:9} {seeds:5} {answers:7} {difference:6.0f}", end=" ")
            shares = verdicts(design, difference).values()
            print("".join(f"{share:9.1%}" for share in shares), flush=True)


if __name__ == "__main__":
    main()
