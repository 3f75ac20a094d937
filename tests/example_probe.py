"""A probe of one question, for arithmetic that is done by hand."""

from backend.probes.loading import Probe

PROBE = Probe.model_validate(
    {
        "id": "p",
        "title": "T",
        "question": "Q?",
        "section": "1",
        "sha256": "0",
        "sides": {"target": "then", "other": "now"},
        "smallest_effect": {"contrast": 1.0, "pattern": 0.1},
        "patterns": {"target": [r"\btelegraph", r"\b18\d\d\b"], "other": ["internet"]},
        "prompts": [{"id": "a", "title": "A", "text": "How?"}],
    }
)
