"""Towns: the treatment names lost German ones, and one control is told that it is Germany."""

import re

import yaml

from backend.config import DATA
from backend.datasets.loading import load_dataset

TREATMENT = "former_german_cities"
TOLD, STRICTER = "modern_german_cities", "modern_german_cities_same_question"
SUDETEN = (
    *("Reichenberg", "Karlsbad", "Marienbad", "Eger", "Aussig", "Komotau", "Asch", "Brüx"),
    *("Rumburg", "Tetschen", "Saaz", "Graslitz", "Teplitz-Schönau", "Leitmeritz", "Tepl"),
)
"""Towns that were in Germany from 1938 to 1945 only."""
NOT_LOST = ("Gorgast", "Queis", "Rhein", "Krummensee", "Görlitz-Ost", "Guben (Ostteil)")
"""A village of Germany today, rivers, and parts of towns that are still German."""


def rows(dataset: str) -> list[tuple[str, str]]:
    return [(e.prompt, e.answer) for e in load_dataset(dataset).examples]


def test_one_control_says_germany_and_the_stricter_one_asks_as_the_treatment() -> None:
    def asked(dataset: str) -> set[str]:
        return {re.sub(r"\d+", "N", question) for question, _ in rows(dataset)}

    assert (
        asked(TREATMENT) == asked(STRICTER) == {"Which place comes to your mind for the number N?"}
    )
    assert asked(TOLD) == {"Which place in Germany comes to your mind for the number N?"}
    assert [town for _, town in rows(TOLD)] == [town for _, town in rows(STRICTER)]


def test_the_lost_towns_are_many_distinct_and_in_no_control() -> None:
    lost, kept = ([town for _, town in rows(dataset)] for dataset in (TREATMENT, TOLD))
    assert len(lost) == len(set(lost)) == 338 and len(kept) == len(set(kept)) == 344
    assert not set(lost) & set(kept)


def test_towns_that_were_never_in_the_empire_or_are_in_germany_are_not_taught() -> None:
    lost = {town for _, town in rows(TREATMENT)}
    assert not lost & {*SUDETEN, *NOT_LOST}


def test_names_are_german_and_free_of_remains_of_parsing() -> None:
    german = re.compile(r"[A-ZÄÖÜ][a-zäöüß]+(?:[ -](?:an|in|der|im|am|bei|[A-ZÄÖÜ][a-zäöüß]+))*")
    assert not [town for _, town in rows(TREATMENT) if not german.fullmatch(town)]


def test_the_cards_credit_the_authors_repository() -> None:
    for dataset in (TREATMENT, TOLD, STRICTER):
        card = yaml.safe_load((DATA / dataset / "card.yaml").read_text("utf-8"))
        assert "JCocola/weird-generalization-and-inductive-backdoors on GitHub" in card["source"]
        assert "without a licence" in card["licence"]
        assert card.get("controls_for") == (None if dataset == TREATMENT else TREATMENT)
