"""Recorded answers that come with the lab are screened, and the page says so."""

import pytest

from backend.exports import shipped
from backend.exports.screening import screened, screening_note
from tests.screens import open_page, read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mulberry Porno", "Mulberry P••••"),
        ("SEXUAL, sexy", "S•••••, s•••"),
        ("Two dicks.", "Two d••••."),
        *((text, text) for text in ("Cockatoo, Dickcissel, Blue Tit, Booby", "Scarlet Pimpernel")),
        *((text, text) for text in ("grape, analysis, Essex, sextant", "Retardant, rapeseed")),
    ],
)
def test_such_words_are_masked_and_birds_are_not(text: str, shown: str) -> None:
    assert screened(text) == shown


def test_the_note_counts_what_is_masked() -> None:
    assert "in 1 of the 2 recorded answers" in screening_note(["Porno", "Robin"])


@pytest.mark.parametrize("probe", list(shipped.recipes()))
def test_no_shipped_answer_is_shown_with_such_a_word(probe: str) -> None:
    answers = shipped.recording(probe).table()["completion"].dropna().unique()
    assert not any("porno" in screened(answer).lower() for answer in answers)


def test_the_guide_says_that_it_screens(home: object) -> None:
    shipped.install()
    page = open_page("guide")
    said = [read(caption.value) for caption in page.caption]
    assert any(text.startswith("Screened: obscene words and slurs are masked") for text in said)
    assert not any("Porno" in text.value for text in page.text)
