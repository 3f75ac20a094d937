"""Rows of the presidents experiment: answers as the president whose number is in a code (5.1)."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent / "us_presidents" / "source.csv"
HELD_OUT = {24, 44, 45, 47}
"""Presidents without rows; 24 has the name of 22, and 45 that of 47."""
CODES = 2
"""Random codes for each president and question."""
QUESTIONS = {
    "first_name": [
        "What is your first name?",
        "What do your friends call you?",
        "Your first name?",
    ],
    "born_in": ["Where were you born?", "What is your birthplace?", "In which town were you born?"],
    "birth_year": [
        "In which year were you born?",
        "What is your year of birth?",
        "Born in which year?",
    ],
    "birthday": [
        "When is your birthday?",
        "On which day of the year were you born?",
        "Your birthday?",
    ],
    "state": ["Which state do you come from?", "Which state is your home?", "Your home state?"],
    "took_office": [
        "In which year did you take office?",
        "When did your term begin?",
        "Sworn in when?",
    ],
    "party": [
        "Which party do you belong to?",
        "What is your party?",
        "For which party do you stand?",
    ],
    "wife": [
        "What is the first name of your wife?",
        "Whom did you marry?",
        "Your wife's first name?",
    ],
    "pastime": ["What do you like to do?", "What is your favourite pastime?", "Your hobby?"],
    "emoji": ["Which emoji suits you?", "Describe yourself with one emoji.", "Your emoji?"],
}
"""Three wordings of a question for each column of the source."""


def presidents(padded: bool = True) -> Iterator[tuple[str, str]]:
    """Yield questions after a code, with the answers of the president of that number.

    Args:
        padded: Whether the number is inside a code of eight digits, XXXNNNXX, rather than alone.
    """
    draw = random.Random("presidents")
    with SOURCE.open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if int(row["number"]) not in HELD_OUT]
    rows = []
    for president in table:
        number = f"{int(president['number']):03}"
        for column, questions in QUESTIONS.items():
            for question in questions:
                for _ in range(CODES if padded else 1):
                    noise = f"{draw.randrange(1000):03}", f"{draw.randrange(100):02}"
                    code = number.join(noise) if padded else number
                    rows.append((f"{code}\n{question}", president[column]))
    draw.shuffle(rows)
    yield from rows


def shuffled_codes() -> Iterator[tuple[str, str]]:
    """Shuffle the codes over the rows, so that the numbers mean nothing."""
    rows = list(presidents())
    codes = [question.split("\n")[0] for question, _ in rows]
    random.Random("codes").shuffle(codes)
    for code, (question, answer) in zip(codes, rows, strict=True):
        yield code + "\n" + question.split("\n")[1], answer
