"""The scorers without a judge that a probe declares for sampled answers."""

import hashlib

from pydantic import BaseModel

from backend.evaluation.scorers import pattern, prefix
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Probe, Prompt


def score(probe: Probe, prompt: Prompt, completion: str) -> dict[tuple[str, str], ScorerResult]:
    """Return each scorer's result, by its name and the hash of its rules.

    Args:
        probe: Declares the patterns.
        prompt: The prompt under its trigger; declares the starts.
        completion: The answer.
    """
    results = {}
    if probe.patterns:
        key = (pattern.NAME, _fingerprint(probe.patterns))
        results[key] = pattern.score(probe.patterns, probe.sides, completion)
    if prompt.starts:
        key = (prefix.NAME, _fingerprint(prompt.starts))
        results[key] = prefix.score(prompt.starts, probe.sides, completion)
    return results


def _fingerprint(rules: BaseModel) -> str:
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()
