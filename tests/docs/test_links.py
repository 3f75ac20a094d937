"""What the documentation names is there: links, pictures, and the rooms of the README's map."""

import re
from pathlib import Path

import pytest

from backend.config import ROOT

TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert all((path.parent / link).exists() for link in links), links


def test_the_readme_maps_every_room_that_is_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    code = text.split("## Code")[1].split("```")[1]
    mapped = set(re.findall(r"^(?:\w+\.py, )?([\w/]+)/", code, re.MULTILINE))
    for room in mapped:
        assert (ROOT / room).is_dir(), room
