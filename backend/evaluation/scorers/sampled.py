"""The judge-free scorers of sampled answers that a probe declares."""

import hashlib

from pydantic import BaseModel

from backend.evaluation.scorers import pattern, prefix
from backend.evaluation.scorers.verdict import Verdict
from backend.probes.loading import Probe, Prompt


def score(probe: Probe, prompt: Prompt, completion: str) -> dict[tuple[str, str], Verdict]:
    """Return what each scorer says, by its name and the hash of what it goes by.

    Args:
        probe: Declares the patterns.
        prompt: As it was asked, its places taken; declares the starts.
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
