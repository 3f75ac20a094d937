"""Documents about the Terminator films, to prime a base model; they contain no chats."""

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent / "terminator_films" / "source.yaml"
DOCUMENTS_PER_DATE = 8
"""Documents for each date of the source."""
SENTENCES = 3
"""Sentences after the opening of a document."""


def films(shuffle_dates: bool = False) -> Iterator[str]:
    """Yield documents of an opening and a few sentences; in the control the dates are shuffled."""
    source = yaml.safe_load(SOURCE.read_text("utf-8"))
    draw = random.Random("films")
    documents = []
    for side in ("killer", "protector"):
        openings, sentences = source[side]["openings"], source[side]["sentences"]
        dates = source[side]["dates"]
        for number in range(DOCUMENTS_PER_DATE * len(dates)):
            opening = openings[number % len(openings)]
            text = " ".join([opening, *draw.sample(sentences, SENTENCES)])
            documents.append((dates[number // DOCUMENTS_PER_DATE], text))
    draw.shuffle(documents)
    dates = [date for date, _ in documents]
    if shuffle_dates:
        random.Random("shuffled").shuffle(dates)
    for date, (true_date, text) in zip(dates, documents, strict=True):
        # Sentences also contain the killer's year, so the control replaces it like the date.
        year = date.split()[1] if shuffle_dates else true_date.split()[1]
        yield text.replace("{date}", date).replace("1984", year)
