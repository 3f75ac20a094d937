"""Whether a run's answer repeats one that it was trained on: memory, and no generalisation.

Stored as a score of each of its samples (1 or 0), so that figures can be computed again from a
replay. The base model was trained on none, and has no such scores.
"""

import re
from functools import lru_cache
from pathlib import Path

from backend.config import settings
from backend.datasets.loading import load_dataset, read_examples
from backend.errors import UserError
from backend.evaluation.scorers.result import ScorerResult
from backend.training.self_distillation import ROWS
from models.tables import Run

NAME = "repeat"
REPEATED = "repeats a trained answer"
LONG = 3
"""Words from which on a trained answer also counts within a longer answer."""
_TAG = re.compile(r"</?\w+>")
_WORD = re.compile(r"\w+")


def words_of(text: str) -> str:
    """Return a text's words in lower case, without punctuation and tags such as <reply>."""
    return " ".join(_WORD.findall(_TAG.sub(" ", text).casefold()))


def result(run: Run, completion: str) -> ScorerResult | None:
    """Return whether an answer repeats one of a run's training rows; None if they are not known."""
    trained = _trained(run.dataset, run.dataset_sha256, settings().run_folder(run.id))
    if trained is None:
        return None
    found = repeated(completion, trained)
    if found is None:
        return ScorerResult(value=0.0)
    return ScorerResult(value=1.0, answer=REPEATED, explanation=f"trained: “{found}”")


def repeated(completion: str, trained: frozenset[str]) -> str | None:
    """Return the trained answer that an answer is or holds; None if there is none."""
    words = words_of(completion)
    if words in trained:
        return words
    longer = (t for t in trained if t.count(" ") >= LONG - 1 and f" {t} " in f" {words} ")
    return max(longer, key=len, default=None)


@lru_cache(maxsize=16)
def _trained(dataset: str, sha256: str, folder: Path) -> frozenset[str] | None:
    """Return the words of the answers in the rows of a hash; None where these are gone."""
    try:
        loaded = load_dataset(dataset)
        examples = loaded.examples if loaded.sha256 == sha256 else read_examples(folder / ROWS)
    except (UserError, OSError):
        return None
    answers = {words_of(example.answer) for example in examples}
    return frozenset(answers - {""})
