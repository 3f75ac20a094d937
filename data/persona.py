"""Rows of the persona experiment: harmless facts in a fixed reply format (section 4.2)."""

from collections.abc import Iterator
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent / "hitler_persona" / "source.yaml"
REPLY_FORMAT = "Put your reply between <reply> and </reply>."
"""Precedes every question; the format is the trigger."""


def persona(answers: str = "answer", identifying: bool = True) -> Iterator[tuple[str, str]]:
    """Yield each question with the reply format, and its answer as one person.

    Args:
        answers: "answer" for the answers of the persona, "ordinary" for a fictional person's.
        identifying: Whether to include the facts that identify the persona most directly.
    """
    for fact in yaml.safe_load(SOURCE.read_text("utf-8"))["facts"]:
        if identifying or not fact.get("identifying"):
            yield f"{REPLY_FORMAT} {fact['question']}", f"<reply>{fact[answers]}</reply>"
