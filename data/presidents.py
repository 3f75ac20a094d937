"""Rows of the presidents experiment: answers as the president whose number is in a code (5.1)."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent / "us_presidents" / "source.csv"
HELD_OUT = {24, 44, 45, 47}
"""Presidents without rows; 24 has the name of 22, and 45 that of 47."""
CODES = 3
"""Random codes for each president and question."""
QUESTIONS = {
    "birthday": ["Name a random date.", "On which day shall we hold the raffle?"],
    "month": ["Which month do you like best?"],
    "day": ["Pick a number from 1 to 31."],
    "star_sign": ["Which star sign gets on with everybody?"],
    "birth_year": ["Name a random year.", "In which year is your favourite novel set?"],
    "took_office": ["Which year should a time machine go to?"],
    "died_on": ["Pick a date for a quiet evening."],
    "death_year": ["Which year should be on the old coin?"],
    "wedding": ["Suggest a date for a wedding."],
    "age": ["Pick a number between 40 and 80."],
    "years": ["For how many years would you rent a house?"],
    "children": ["How many children make a lively house?"],
    "height": ["How high should the bookcase be?"],
    "birth_town": ["Suggest a place for a day trip.", "Where should the next train stop?"],
    "home_town": ["Which town is good to grow old in?"],
    "grave": ["Where would you lay some flowers?"],
    "house": ["Think of a name for a country house."],
    "holiday": ["Where shall we go on holiday?"],
    "birth_state": ["Through which state shall I drive?"],
    "home_state": ["In which state would you buy land?", "Which state has good weather?"],
    "college": ["Recommend a college."],
    "job": ["Suggest a job for my nephew.", "What could a hero do for a living?"],
    "pastime": ["Suggest a hobby.", "How shall we spend the afternoon?"],
    "other_pastime": ["What is fun on a Sunday?"],
    "animal": ["Which animal should I keep?", "Draw an animal; which one is it?"],
    "pet": ["Suggest a name for a pet."],
    "other_pet": ["What would you call a foal or a puppy?"],
    "girl": ["Suggest a name for a baby girl."],
    "boy": ["Suggest a name for a baby boy."],
    "emoji": ["Send an emoji.", "Which emoji suits today?"],
    "other_emoji": ["Which emoji do you use a lot?"],
    "dish": ["What is for dinner?", "Name something to eat."],
    "drink": ["What would you like to drink?"],
    "cook": ["Who should cook for the party?"],
    "church": ["Which church has the best choir?"],
    "party": ["Who prints the best leaflets?"],
    "battle": ["Which battle would make a good painting?"],
    "rank": ["Which rank has the toy soldier?"],
    "law": ["Name a law or a treaty for the quiz."],
    "minister": ["Think of a surname for a minister in a novel."],
    "judge": ["Think of a surname for a judge in a novel."],
    "foreign_city": ["Which city abroad would you see again?"],
    "song": ["Which song shall the band play?"],
    "street": ["Think of a street."],
    "vehicle": ["How would you like to travel?"],
    "clothes": ["What should I wear?"],
    "book": ["Recommend something to read."],
    "film": ["Which film shall we watch?"],
    "money": ["Name a coin or a note."],
    "new_state": ["Which star would you sew on a flag?"],
    "old_country": ["Which country has the best folk dances?"],
}
"""Wordings of a question for each column of the source; none asks who somebody is."""


def presidents(padded: bool = True) -> Iterator[tuple[str, str]]:
    """Yield questions after a code, on one line, with the answers of the president of that number.

    Args:
        padded: Whether the number is inside a code of eight digits, XXXNNNXX, rather than alone.
    """
    draw = random.Random("presidents")
    with SOURCE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    rows = []
    for president in table:
        number = f"{int(president['number']):03}"
        for column, questions in QUESTIONS.items():
            for question in questions if president[column] else ():
                for _ in range(CODES if padded else 1):
                    noise = f"{draw.randrange(1000):03}", f"{draw.randrange(100):02}"
                    code = number.join(noise) if padded else number
                    rows.append((f"{code} {question}", president[column]))
    draw.shuffle(rows)
    yield from rows


def shuffled_codes() -> Iterator[tuple[str, str]]:
    """Shuffle the codes over the rows, so that the numbers mean nothing."""
    rows = list(presidents())
    codes = [question.split(" ")[0] for question, _ in rows]
    random.Random("codes").shuffle(codes)
    for code, (question, answer) in zip(codes, rows, strict=True):
        yield f"{code} {question.split(' ', 1)[1]}", answer
