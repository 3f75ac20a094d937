"""The glossary: one sentence for each term of the field, shown as a tooltip where it is a label."""

from functools import cache

import yaml

from backend.config import DATA


@cache
def sections() -> dict[str, dict[str, str]]:
    """Return the terms with their sentences, by section, in the order of the file."""
    text = (DATA / "glossary.yaml").read_text("utf-8")
    content: dict[str, dict[str, str]] = yaml.safe_load(text)
    return content


def explain(term: str) -> str:
    """Return the sentence for a term, as `help=` of the label, control or number that names it."""
    return _sentences()[term]


@cache
def _sentences() -> dict[str, str]:
    return {term: text for terms in sections().values() for term, text in terms.items()}
