"""How often the effect gate is wrong: `python -m benchmarks.gate`.

Simulates probes whose true mean shift is known, in units of the smallest effect of interest, with
normal and with skewed prompts, and prints the share of each finding.
"""

from collections import Counter
from collections.abc import Callable
from typing import get_args

import numpy as np

from backend.analysis.statistics import mean_with_interval
from backend.analysis.verdict import Kind, gate

TRIALS = 2000
SPREAD = 1.5
"""Standard deviation between prompts, in smallest effects; that of the bird names' probe."""

Draw = Callable[[np.random.Generator, int], np.ndarray]
SHAPES: dict[str, Draw] = {
    "normal": lambda random, n: random.standard_normal(n),
    "skewed": lambda random, n: random.exponential(1, n) - 1,
}


def findings(truth: float, prompts: int, draw: Draw, trials: int = TRIALS) -> dict[str, float]:
    """Return the share of each finding for a true effect."""
    random = np.random.default_rng(0)
    counts: Counter[str] = Counter()
    for _ in range(trials):
        found = mean_with_interval((truth + SPREAD * draw(random, prompts)).tolist())
        counts[gate(found, 1.0).kind if found else "undecided"] += 1
    return {kind: counts[kind] / trials for kind in get_args(Kind)}


def main() -> None:
    """Print a table; "present" at a truth of at most 1 and "absent" at 1 or more are errors."""
    print("shape    prompts  truth   present   absent opposite undecided")
    for shape, draw in SHAPES.items():
        for prompts in (6, 10, 15, 40):
            for truth in (0.0, 1.0, 3.0):
                shares = findings(truth, prompts, draw)
                print(f"{shape:8} {prompts:7} {truth:6.1f}", end="")
                print("".join(f"{share:9.1%}" for share in shares.values()), flush=True)


if __name__ == "__main__":
    main()
