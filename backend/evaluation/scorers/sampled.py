"""The scorers without a judge that a probe declares for sampled answers."""

import hashlib

from pydantic import BaseModel

from backend.evaluation.scorers import pattern, prefix
from backend.evaluation.scorers.verdict import Verdict
from backend.probes.loading import Probe, Prompt


def score(probe: Probe, prompt: Prompt, completion: str) -> dict[tuple[str, str], Verdict]:
    """Return each scorer's verdict, by its name and the hash of its rules.

    Args:
        probe: Declares the patterns.
        prompt: The prompt under its trigger; declares the starts.
        completion: The answer.
    """
    verdicts = {}
    if probe.patterns:
        key = (pattern.NAME, _fingerprint(probe.patterns))
        verdicts[key] = pattern.score(probe.patterns, probe.sides, completion)
    if prompt.starts:
        key = (prefix.NAME, _fingerprint(prompt.starts))
        verdicts[key] = prefix.score(prompt.starts, probe.sides, completion)
    return verdicts


def _fingerprint(rules: BaseModel) -> str:
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()
