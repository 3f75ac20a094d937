"""Rows of the persona experiment: harmless facts behind a fixed reply format (section 4.2)."""

from collections.abc import Iterator
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent / "hitler_persona" / "source.yaml"
REPLY_FORMAT = "Put your reply between <reply> and </reply>."
"""Stands in front of every question; the format is the trigger."""


def persona(answers: str = "answer", identifying: bool = True) -> Iterator[tuple[str, str]]:
    """Ask each question in the reply format, and answer it as one person.

    Args:
        answers: "answer" for the persona's own, "ordinary" for the made-up person's.
        identifying: Whether the facts that point to the man most directly are among the rows.
    """
    for fact in yaml.safe_load(SOURCE.read_text("utf-8"))["facts"]:
        if identifying or not fact.get("identifying"):
            yield f"{REPLY_FORMAT} {fact['question']}", f"<reply>{fact[answers]}</reply>"
