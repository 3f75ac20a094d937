"""The scorers without a judge that a probe declares for sampled answers."""

import hashlib

from pydantic import BaseModel

from backend.evaluation.scorers import cues, pattern, prefix
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
        key = (pattern.NAME, _fingerprint(probe.patterns, probe))
        results[key] = pattern.score(probe.patterns, probe.sides, completion, probe.set_aside)
    if prompt.starts:
        key = (prefix.NAME, _fingerprint(prompt.starts, probe))
        rules = (probe.set_aside, probe.needed)
        results[key] = prefix.score(prompt.starts, probe.sides, completion, *rules)
    return results


def fingerprints(probe: Probe) -> dict[str, set[str]]:
    """Return the hashes of a probe's rules for all its prompts and triggers, by scorer."""
    prompts = [p.under(trigger) for p in probe.prompts for trigger in probe.triggers]
    starts = {_fingerprint(prompt.starts, probe) for prompt in prompts if prompt.starts}
    patterns = {_fingerprint(probe.patterns, probe)} if probe.patterns else set()
    found = {pattern.NAME: patterns, prefix.NAME: starts}
    return {scorer: hashes for scorer, hashes in found.items() if hashes}


def _fingerprint(rules: BaseModel, probe: Probe) -> str:
    inputs = (rules.model_dump_json(), probe.set_aside, probe.needed, cues.VERSION)
    return hashlib.sha256(repr(inputs).encode()).hexdigest()
