"""A file that can't be read is named with its reason, and the others work."""

import json
from pathlib import Path

import pytest

from backend.datasets.loading import list_datasets, unusable_datasets
from backend.probes.judges import list_judges, unusable_judges
from backend.probes.loading import list_probes, load_probe, unusable_probes
from tests.screens import open_page, texts

PROBE = """
title: T
question: Q?
section: "3.1"
sides: {target: then, other: now}
prompts: [{id: a, title: A, text: How}]
"""
UNREADABLE = {
    "aliases.yaml": ("a: &a [x, x]\nb: &b [*a, *a]\nc: *c", "not readable as YAML"),
    "keys.yaml": ("1: 2\n", "title: field required"),
    "other_id.yaml": (f"id: other\n{PROBE}", "id: can't be set in the file"),
    "surrogate.yaml": ('title: "\\ud800"', "half a surrogate pair"),
    "Wrong Name.yaml": (PROBE, "rename it"),
    "huge.yaml": ("#" * 2**20 + "\n" + PROBE, "larger than 1 MiB"),
    "binary.yaml": ("\0", "not readable as YAML"),
}


@pytest.fixture
def unreadable(home: Path) -> Path:
    """A lab with probes of which only one can be read."""
    folder = home / "probes"
    folder.mkdir()
    (folder / "mine.yaml").write_text(PROBE)
    for name, (content, _) in UNREADABLE.items():
        (folder / name).write_text(content)
    return folder


def test_each_unreadable_probe_is_named_and_the_others_are_listed(unreadable: Path) -> None:
    assert "mine" in {probe.id for probe in list_probes()}
    told = unusable_probes()
    assert len(told) == len(UNREADABLE)
    for name, (_, reason) in UNREADABLE.items():
        assert [each for each in told if each.startswith(name) and reason in each], told


def test_the_probe_page_shows_them_and_still_works(unreadable: Path) -> None:
    page = open_page("probe")
    assert not page.exception
    assert "surrogate" in texts(page) and "rename it" in texts(page)
    assert "T" in page.selectbox(key="probe").options


def test_a_mended_file_is_read_again(unreadable: Path) -> None:
    (unreadable / "keys.yaml").write_text(PROBE)
    assert load_probe("keys").title == "T"
    assert len(unusable_probes()) == len(UNREADABLE) - 1


def test_judges_and_datasets_are_told_likewise(home: Path) -> None:
    (home / "judges").mkdir()
    (home / "judges" / "mine.yaml").write_text("- a list")
    folder = home / "datasets" / "mine"
    folder.mkdir(parents=True)
    card = {"title": "M", "teaches": "m", "source": "s", "licence": "l", "section": ""}
    (folder / "card.yaml").write_text(json.dumps(card))
    (folder / "train.jsonl").write_text('{"messages": []}\n')
    assert list_judges() and unusable_judges() == ["mine.yaml: expected keys and values."]
    assert list_datasets()
    [told] = unusable_datasets()
    assert told.startswith("mine: train.jsonl, line 1: messages")
    page = open_page("datasets")
    assert not page.exception and "train" in texts(page)
