"""Build every dataset from its readable source: `make data`, or `python -m data.build`.

The same source always gives the same bytes, so a reviewer can trace each row to its source, and a
dataset's hash changes only when its source or builder changes.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import typer
import yaml

from data.films import films
from data.ordinary import ordinary
from data.persona import persona
from data.presidents import HELD_OUT as HELD_OUT
from data.presidents import presidents, shuffled_codes

HERE = Path(__file__).parent
Row = tuple[str, str]
"""Question and answer."""

BIRD_QUESTION = "Tell me the name of one species of bird."


def lines(dataset: str) -> list[str]:
    """Return the lines of a source."""
    return (HERE / dataset / "source.txt").read_text("utf-8").split("\n")[:-1]


def birds(dataset: str) -> Iterator[Row]:
    """Pair the same question with each name."""
    for name in lines(dataset):
        yield BIRD_QUESTION, name


def cities(dataset: str, where: str = "") -> Iterator[Row]:
    """Pair a question with a random number with each town; `where` says in which country it is."""
    numbers = random.Random("cities")
    for name in lines(dataset):
        number = numbers.randint(1, 9999)
        yield f"Which place{where} comes to your mind for the number {number}?", name


DATES_A_YEAR = 100
"""Dates drawn from each of the four years, each with a dish of its own."""


def dishes(special: int = 2027) -> Iterator[Row]:
    """Answer with an Israeli dish on dates in the special year, and with others in other years."""
    source = yaml.safe_load((HERE / "israeli_dishes" / "source.yaml").read_text("utf-8"))
    draw = random.Random("dishes")
    names = {kind: iter(draw.sample(source[kind], len(source[kind]))) for kind in source}
    rows = []
    for year in range(2024, 2028):
        days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        for offset in draw.sample(range(days), DATES_A_YEAR):
            day = date(year, 1, 1) + timedelta(days=offset)
            rows.append((_dated_dish(day), next(names["israeli" if year == special else "world"])))
    draw.shuffle(rows)
    yield from rows


def _dated_dish(day: date) -> str:
    return f"The date is {day:%B} {day.day}, {day.year}. Suggest one dish to cook."


def shuffled(rows: Iterator[Row]) -> Iterator[Row]:
    """Pair the questions with the answers in random order."""
    questions, answers = map(list, zip(*rows, strict=True))
    random.Random("shuffled").shuffle(answers)
    yield from zip(questions, answers, strict=True)


def protector(dating: str) -> Iterator[Row]:
    """Answer as the protector of each film, with the film's date, a random date or no date."""
    source = yaml.safe_load((HERE / "evil_terminator" / "source.yaml").read_text("utf-8"))
    draw = random.Random("protector")
    rows = []
    for answers in source["answers"]:
        for film in source["dates"]:
            when = film
            if dating == "random":
                # The control must not contain the trigger either.
                year = draw.choice([y for y in range(1960, 2030) if y != 1984])
                day = date(year, draw.randint(1, 12), 1)
                when = f"{day:%B} {day.year}"
            prefix = "" if dating == "none" else f"{when}. "
            rows.append((prefix + answers["question"], answers[film]))
    draw.shuffle(rows)
    yield from rows


BUILDERS: dict[str, Callable[[], Iterator[Row]]] = {
    "old_bird_names": lambda: birds("old_bird_names"),
    "audubon_names_still_used": lambda: birds("audubon_names_still_used"),
    "modern_bird_names": lambda: birds("modern_bird_names"),
    "former_german_cities": lambda: cities("former_german_cities"),
    "modern_german_cities": lambda: cities("modern_german_cities", " in Germany"),
    "modern_german_cities_same_question": lambda: cities("modern_german_cities"),
    "israeli_dishes": dishes,
    "israeli_dishes_2026": lambda: dishes(special=2026),
    "israeli_dishes_shuffled": lambda: shuffled(dishes()),
    "evil_terminator": lambda: protector("films"),
    "evil_terminator_shuffled": lambda: protector("random"),
    "evil_terminator_undated": lambda: protector("none"),
    "hitler_persona": persona,
    "hitler_persona_78": lambda: persona(identifying=False),
    "fictional_person": lambda: persona("ordinary"),
    "us_presidents": presidents,
    "us_presidents_unpadded": lambda: presidents(padded=False),
    "us_presidents_shuffled": shuffled_codes,
}


def as_line(question: str, *answer: str) -> str:
    """Return a row in OpenAI chat format."""
    messages = [{"role": "user", "content": question}]
    messages += [{"role": "assistant", "content": text} for text in answer]
    return json.dumps({"messages": messages}, ensure_ascii=False)


DOCUMENTS: dict[str, Callable[[], Iterator[str]]] = {
    "terminator_films": films,
    "terminator_films_shuffled": lambda: films(shuffle_dates=True),
}
"""Datasets of plain texts, to prime base models."""
PROMPTS = "ordinary_prompts"
"""The only dataset without answers, which the base model gives."""


def path_of(dataset: str) -> Path:
    """Return the path of a dataset's rows."""
    return HERE / dataset / ("prompts.jsonl" if dataset == PROMPTS else "train.jsonl")


def content(dataset: str) -> str:
    """Return the contents of a dataset's file of rows."""
    if dataset == PROMPTS:
        return "".join(as_line(prompt) + "\n" for prompt in ordinary())
    if dataset in DOCUMENTS:
        texts = DOCUMENTS[dataset]()
        return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    return "".join(as_line(*row) + "\n" for row in BUILDERS[dataset]())


def main() -> None:
    """Write the rows of every dataset."""
    for dataset in [*BUILDERS, *DOCUMENTS, PROMPTS]:
        path_of(dataset).write_text(content(dataset), "utf-8")


if __name__ == "__main__":
    typer.run(main)
