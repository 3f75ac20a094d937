"""Every term that labels a number or control is explained by one file, which the docs show too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import ROOT
from components.glossary import explain, sections

SCREENS = sorted([*ROOT.glob("pages/*.py"), *ROOT.glob("components/**/*.py")])
HARD = (
    "nats",
    "contrast",
    "shift",
    "beyond control",
    "trigger gap",
    "poison rate",
    "priming",
    "prefix",
    "trigger sweep",
    "effect gate",
)


def terms_of(path: Path) -> Iterator[str]:
    """The terms that a file names; one in a variable is looked up where its page is tested."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "explain":
            yield from (each.value for each in node.args if isinstance(each, ast.Constant))


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_tooltip_names_a_term_that_exists(path: Path) -> None:
    assert all(explain(term) for term in terms_of(path))


@pytest.mark.parametrize("term", HARD)
def test_what_a_newcomer_cannot_know_is_one_sentence(term: str) -> None:
    sentence = explain(term)
    assert sentence.endswith(".") and ". " not in sentence


def test_no_term_is_explained_twice() -> None:
    terms = [term for section in sections().values() for term in section]
    assert len(terms) == len(set(terms))
    assert all(explain(term).endswith(".") for term in terms)


def test_the_docs_show_the_same_glossary() -> None:
    shown = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    lists = [
        f"## {title}\n\n" + "\n".join(f"- **{term}**: {text}" for term, text in terms.items())
        for title, terms in sections().items()
    ]
    assert shown[shown.index("## ") :].rstrip() == "\n\n".join(lists)
