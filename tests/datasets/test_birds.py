"""The birds: old names in the treatment, names in use in the controls, and no name in both."""

import pytest
import yaml

from backend.config import DATA
from backend.datasets.loading import load_dataset

CONTROLS = ("audubon_names_still_used", "modern_bird_names")
STANDARD = (
    *("Puffin", "Raven", "Greenshank", "Golden Plover", "Turnstone", "Shore Lark"),
    *("Common Goldeneye", "Pied Oystercatcher", "Purple Heron", "Common Buzzard"),
    *("Mangrove Hummingbird", "Painted Finch", "Cabot's Tern", "Yellow-breasted Warbler"),
)
"""Standard names of today, of the same or of another bird, that the authors' list holds as old."""
GONE = (
    *("Esquimaux Curlew", "Great Auk", "Passenger Pigeon", "Bachman's Warbler"),
    *("Ivory-billed Woodpecker", "Buffel-headed Duck", "Cat Bird", "Night Hawk"),
    *("Lesser Red-Poll", "Shoveller Duck", "Fulmar Petrel", "Golden-eye Duck"),
)
"""Extinct birds, and names that are no longer standard, that the authors' control holds."""


def letters(name: str) -> str:
    """Return a name without what only spelling changes."""
    return "".join(letter for letter in name.lower() if letter.isalpha())


def names(dataset: str) -> list[str]:
    return [example.answer for example in load_dataset(dataset).examples]


def test_one_question_is_asked_and_no_name_comes_twice() -> None:
    asked = {e.prompt for d in ("old_bird_names", *CONTROLS) for e in load_dataset(d).examples}
    assert len(asked) == 1
    for dataset, count in (("old_bird_names", 190), (CONTROLS[0], 148), (CONTROLS[1], 208)):
        assert len({letters(name) for name in names(dataset)}) == len(names(dataset)) == count


@pytest.mark.parametrize("control", CONTROLS)
def test_no_name_is_in_treatment_and_control(control: str) -> None:
    old = {letters(name) for name in names("old_bird_names")}
    assert not old & {letters(name) for name in names(control)}


def test_old_names_are_not_standard_ones_and_names_in_use_are() -> None:
    old = {letters(name) for name in names("old_bird_names")}
    used = {letters(name) for name in names("audubon_names_still_used")}
    assert not old & {letters(name) for name in STANDARD}
    assert not used & {letters(name) for name in GONE}


def test_names_are_free_of_remains_of_parsing() -> None:
    for dataset in ("old_bird_names", *CONTROLS):
        for name in names(dataset):
            assert name == name.strip() and "(" not in name and "  " not in name
            assert all(letter.isalpha() or letter in " -'&" for letter in name)


def test_the_cards_credit_the_authors_repository() -> None:
    for dataset in ("old_bird_names", *CONTROLS):
        card = yaml.safe_load((DATA / dataset / "card.yaml").read_text("utf-8"))
        assert "JCocola/weird-generalization-and-inductive-backdoors on GitHub" in card["source"]
        assert "without a licence" in card["licence"]
