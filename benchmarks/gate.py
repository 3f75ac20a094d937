"""Error rates of the effect gate: `python -m benchmarks.gate > benchmarks/gate.txt`, two minutes.

Simulates probes with a known true mean shift, in units of the smallest effect of interest, and
prints the share of each verdict. docs/methods.md shows the output as it is.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import typer
from scipy import stats

from backend.analysis.mean_test import LEVEL, level
from backend.analysis.statistics import Moments, moments
from backend.analysis.verdict import GATE, Kind, kinds

TRIALS = 4000
AT_ONCE = 500
"""Probes whose bootstrap is in memory."""
NARROW = 0.5
"""Standard deviation between prompts, in smallest effects, where the verdict is wrong: so small
that the other bound, which would protect "absent", is far away. "Present" does not depend on it."""
SPREAD = 1.5
"""The same where the verdict is right, as in the probe of the bird names."""
BETWEEN_SEEDS = 0.7
"""Standard deviations of seeds, and of a prompt with a seed, over that between prompts."""
REST = 0.5
PAIRS = 5
FAR = 3
"""Standard deviations between prompts."""
PROMPTS = (3, 5, 8, 14, 30, 60)
SEEDS = (1, 2, 3, 4, 5)
CONTRARY = 0.2
"""Share of prompts that move against the others."""

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def right_skewed(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw from an exponential distribution, of skewness 2."""
    return random.exponential(1, shape) - 1


def contrary(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw two groups whose means are twice as far apart as each is wide."""
    means = np.where(random.random(shape) < CONTRARY, CONTRARY - 1, CONTRARY)
    between = np.sqrt(CONTRARY * (1 - CONTRARY))
    both = means + random.normal(0, between / 2, shape)
    return np.asarray(both / (between * np.sqrt(1.25)))


def with_pair_noise(draw: Draw) -> Draw:
    """Add the noise of a few pairs of each prompt, each as wide as prompts are."""
    return lambda random, shape: (
        (draw(random, shape) + random.normal(0, 1 / np.sqrt(PAIRS), shape)) / np.sqrt(1 + 1 / PAIRS)
    )


def mirrored(draw: Draw) -> Draw:
    """Turn a distribution around."""
    return lambda random, shape: -draw(random, shape)


SHAPES: dict[str, Draw] = {
    "normal": lambda random, shape: random.standard_normal(shape),
    "right-skewed": right_skewed,
    "left-skewed": mirrored(right_skewed),
    "right-skewed, noisy": with_pair_noise(right_skewed),
    "left-skewed, noisy": with_pair_noise(mirrored(right_skewed)),
    "a fifth below": contrary,
    "a fifth above": mirrored(contrary),
}
"""Of prompts, with mean 0 and standard deviation 1."""


class Shares(NamedTuple):
    """Shares of simulated probes with a verdict."""

    present: float
    absent: float


def probes(truth: float, spread: float, draw: Draw, prompts: int, seeds: int = 1) -> Moments:
    """Return what simulated probes say of a true mean shift."""
    random = np.random.default_rng(0)
    tables = draw(random, (TRIALS, prompts, 1))
    if seeds > 1:
        tables = tables + random.normal(0, BETWEEN_SEEDS, (TRIALS, 1, seeds))
        tables = tables + random.normal(0, REST, (TRIALS, prompts, seeds))
    tables = truth + spread * tables
    parts = [moments(tables[start : start + AT_ONCE]) for start in range(0, TRIALS, AT_ONCE)]
    return Moments(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def shares(means: Moments, level: float) -> Shares:
    """Return how often the gate says present and absent of effects in units of the smallest."""
    said = kinds(means, 1.0, level)

    def share(kind: Kind) -> float:
        return said.count(kind) / len(said)

    return Shares(share("present"), share("absent"))


def by_t_alone(means: Moments) -> Shares:
    """Return the same without the correction for skewness and the stricter level."""
    return shares(means._replace(third=np.zeros_like(means.third)), LEVEL)


def errors() -> tuple[Shares, Shares]:
    """Print wrong verdicts at a true effect as large as the smallest; return the largest shares.

    Those of the gate, then those of the t test and interval alone.
    """
    print("Wrong verdicts, in percent, where the true effect equals the smallest of interest:")
    columns = "".join(f"{seeds:>6}" for seeds in SEEDS)
    print(f"{'':27}{'present':>18}{'absent':>35}")
    print(f"{'':20}  seeds{columns}   {columns}")
    print(f"{'prompts':20} number")
    found, plain = [], []
    for name, draw in SHAPES.items():
        for prompts in PROMPTS:
            means = [probes(1.0, NARROW, draw, prompts, seeds) for seeds in SEEDS]
            levels = [level(prompts, seeds) for seeds in SEEDS]
            row = [shares(*pair) for pair in zip(means, levels, strict=True)]
            found += row
            plain += [by_t_alone(mean) for mean in means]
            present = "".join(f"{share.present:6.1%}"[:-1].rjust(6) for share in row)
            absent = "".join(f"{share.absent:6.1%}"[:-1].rjust(6) for share in row)
            print(f"{name:20} {prompts:6}{present}   {absent}", flush=True)
    return largest(found), largest(plain)


def largest(found: list[Shares]) -> Shares:
    """Return the largest share of either wrong verdict."""
    return Shares(max(share.present for share in found), max(share.absent for share in found))


def right_verdicts() -> None:
    """Print how often a true effect is found, with the t test and interval alone in parentheses."""
    print("\nRight verdicts, in percent, with one seed; by the t test and interval alone: (…)")
    print(f"{'':20}        present at 2   present at 3    absent at 0")
    print(f"{'prompts':20} number")
    for name in ("normal", "right-skewed", "left-skewed"):
        for prompts in PROMPTS:
            cells = []
            for truth in (2.0, 3.0, 0.0):
                means = probes(truth, SPREAD, SHAPES[name], prompts)
                pair = shares(means, level(prompts)), by_t_alone(means)
                gate, alone = (share.present if truth else share.absent for share in pair)
                cells.append(f"{100 * gate:7.0f} ({100 * alone:3.0f})")
            print(f"{name:20} {prompts:6}  " + "   ".join(cells), flush=True)


def johnsons() -> None:
    """Print how often Johnson's modified t finds an effect far above the bound, and the gate."""
    prompts, truth = PROMPTS[-1], 1 + FAR * NARROW
    means = probes(truth, NARROW, SHAPES["left-skewed"], prompts)
    t = (means.value - 1) / means.error
    skewness = means.third / means.error**3
    threshold = stats.t.isf(level(prompts), means.freedom)
    found = np.mean(t + skewness / 6 + skewness * t**2 / 3 >= threshold)
    print(
        f"\nPresent of {prompts} left-skewed prompts whose mean is {FAR} standard deviations above "
        f"the smallest effect:\nby Johnson's modified t {found:.1%}, by the gate "
        f"{shares(means, level(prompts)).present:.1%}."
    )


def main() -> None:
    """Print both tables and the largest error."""
    print(f"Gate: {GATE}.\n{TRIALS:,} simulated probes for each number.\n")
    gate, alone = errors()
    error = np.sqrt(0.05 * 0.95 / TRIALS)
    print(
        f"\nLargest: present {gate.present:.1%}, absent {gate.absent:.1%}; by the t test and "
        f"interval alone {alone.present:.1%} and {alone.absent:.1%}.\n"
        f"Standard error of a share of 5 %: {error:.1%}."
    )
    right_verdicts()
    johnsons()


if __name__ == "__main__":
    typer.run(main)
