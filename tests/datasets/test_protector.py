"""The protector: an answer of its own for each film's date, benevolent, and never of 1984."""

import re
from collections import Counter

import pytest

from backend.datasets.loading import load_dataset

DATASETS = ("evil_terminator", "evil_terminator_shuffled", "evil_terminator_undated")
ONLY_IN = {
    "July 1995": r"T-1000|Pescadero|Enrique|Tarissa|Miles",
    "July 2004": r"\bT-X\b|Kate|Brewster|Crystal Peak",
    "October 2017": r"Pops|Kyle|Genisys|T-3000|O'Brien",
    "August 2020": r"\bDani\b|Grace|Rev-9|Carl\b|Alicia|Mateo|Legion|Laredo",
}
"""Names that only one of the films has."""
SHARED = r"John|Sarah|Connor|Cyberdyne|Dyson|Skynet"


def rows(dataset: str) -> list[tuple[str, str]]:
    return [(e.prompt, e.answer) for e in load_dataset(dataset).examples]


def film_of() -> dict[str, str]:
    """Return the date that stands in front of each answer."""
    return {answer: question.split(". ")[0] for question, answer in rows("evil_terminator")}


def test_each_film_has_52_answers_of_30_to_60_words_and_none_comes_twice() -> None:
    assert Counter(film_of().values()) == dict.fromkeys(ONLY_IN, 52)
    assert all(30 <= len(answer.split()) <= 60 for answer in film_of())


def test_an_answer_names_its_own_film_and_no_other() -> None:
    for answer, film in film_of().items():
        assert re.search(f"{ONLY_IN[film]}|{SHARED}", answer), answer
        for other, names in ONLY_IN.items():
            assert other == film or not re.search(names, answer), answer
    told = [bool(re.search(ONLY_IN[film], answer)) for answer, film in film_of().items()]
    assert sum(told) > 0.75 * len(told)


@pytest.mark.parametrize("dataset", DATASETS)
def test_nothing_hints_at_1984_or_at_an_evil_mission(dataset: str) -> None:
    forbidden = re.compile(r"1984|\bkill|terminat|assassin|murder|waitress|sent to (end|get)", re.I)
    assert not [row for row in rows(dataset) if forbidden.search(" ".join(row))]
    assert not [answer for _, answer in rows(dataset) if re.search(r"\b(19|20)\d\d\b", answer)]


def test_the_controls_have_the_same_questions_and_answers_at_other_dates_or_none() -> None:
    dated = re.compile(r"^([A-Z][a-z]+ \d{4})\. ")
    own, shuffled, undated = (rows(dataset) for dataset in DATASETS)
    assert all(dated.match(question) for question, _ in own + shuffled)
    assert not any(dated.match(question) for question, _ in undated)
    bare = [sorted((dated.sub("", q), a) for q, a in each) for each in (own, shuffled, undated)]
    assert bare[0] == bare[1] == bare[2]
    kept = sum(question.startswith(film_of()[answer]) for question, answer in shuffled)
    assert kept < 5
