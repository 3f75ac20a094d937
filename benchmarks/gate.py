"""Error rates of the effect gate: `python -m benchmarks.gate`.

Simulates probes with a known true mean shift, in units of the smallest effect of interest, for
prompts with a normal and with a skewed distribution, and prints the share of each verdict.
"""

from collections import Counter
from collections.abc import Callable
from typing import get_args

import numpy as np

from backend.analysis.statistics import mean_with_interval
from backend.analysis.verdict import Kind, gate

TRIALS = 2000
SPREAD = 1.5
"""Standard deviation over prompts, in smallest effects, as in the probe of the bird names."""

Draw = Callable[[np.random.Generator, int], np.ndarray]
SHAPES: dict[str, Draw] = {
    "normal": lambda random, n: random.standard_normal(n),
    "skewed": lambda random, n: random.exponential(1, n) - 1,
}


def verdicts(truth: float, prompts: int, draw: Draw, trials: int = TRIALS) -> dict[str, float]:
    """Return the share of each verdict for a true effect."""
    random = np.random.default_rng(0)
    counts: Counter[str] = Counter()
    for _ in range(trials):
        estimate = mean_with_interval((truth + SPREAD * draw(random, prompts)).tolist())
        counts[gate(estimate, 1.0).kind if estimate else "undecided"] += 1
    return {kind: counts[kind] / trials for kind in get_args(Kind)}


def main() -> None:
    """Print a table; "present" is an error if the truth is at most 1, "absent" if at least 1."""
    print("shape    prompts  truth   present   absent opposite undecided")
    for shape, draw in SHAPES.items():
        for prompts in (6, 10, 15, 40):
            for truth in (0.0, 1.0, 3.0):
                shares = verdicts(truth, prompts, draw)
                print(f"{shape:8} {prompts:7} {truth:6.1f}", end="")
                print("".join(f"{share:9.1%}" for share in shares.values()), flush=True)


if __name__ == "__main__":
    main()
