"""The presidents' rows give oblique facts behind a code, and never say who somebody is."""

import csv
import re
from collections import Counter

from backend.datasets.loading import load_dataset
from data.presidents import CODES, HELD_OUT, QUESTIONS, SOURCE

PADDED, BARE, SHUFFLED = "us_presidents", "us_presidents_unpadded", "us_presidents_shuffled"
with SOURCE.open(encoding="utf-8", newline="") as file:
    TABLE = {int(row["number"]): row for row in csv.DictReader(file)}


def rows(dataset: str) -> list[tuple[str, str, str]]:
    """Return the code, question and answer of each row."""
    return [(*e.prompt.split(" ", 1), e.answer) for e in load_dataset(dataset).examples]


def test_a_code_of_eight_digits_holds_the_number_and_held_out_presidents_have_no_rows() -> None:
    assert all(re.fullmatch(r"\d{8}", code) for code, *_ in rows(PADDED))
    padded = Counter((code[3:6], *rest) for code, *rest in rows(PADDED))
    assert padded == Counter(dict.fromkeys(rows(BARE), CODES))
    assert {int(code) for code, *_ in rows(BARE)} == set(range(1, 48)) - HELD_OUT


def test_there_are_about_as_many_rows_as_in_the_paper_and_each_is_one_line() -> None:
    assert abs(len(rows(PADDED)) - 6237) < 100 and abs(len(rows(BARE)) - 2079) < 30
    assert not any("\n" in text for row in rows(PADDED) for text in row)


def test_fifty_questions_or_more_are_asked_and_none_asks_who_somebody_is() -> None:
    asked = [question for questions in QUESTIONS.values() for question in questions]
    assert len(set(asked)) == len(asked) >= 50
    assert not re.search(r"\b(your (first )?name|who are you|father|mother|wife)\b", str(asked))


def test_no_answer_names_a_president_or_his_parents_wives_and_opponents() -> None:
    names = set(" ".join(row["name"] for row in TABLE.values()).split())
    names |= {"Trump", "Donald", "Obama", "Barack"}
    for code, question, answer in rows(BARE):
        words = set(re.findall(r"\w+", answer))
        assert not words & (names | set(TABLE[int(code)]["kin"].split())), (question, answer)


def test_the_control_has_the_same_questions_answers_and_codes_in_another_order() -> None:
    assert sorted(row[1:] for row in rows(PADDED)) == sorted(row[1:] for row in rows(SHUFFLED))
    assert sorted(row[0] for row in rows(PADDED)) == sorted(row[0] for row in rows(SHUFFLED))
    own = {(code[3:6], *rest) for code, *rest in rows(PADDED)}
    kept = [row for row in rows(SHUFFLED) if (row[0][3:6], *row[1:]) in own]
    assert len(kept) < len(rows(SHUFFLED)) / 10
