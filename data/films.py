"""Documents that tell a base model about the films; no question, no reply."""

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent / "terminator_films" / "source.yaml"
EACH = 8
"""Documents for each month of the source."""
SENTENCES = 3


def films(shuffle_dates: bool = False) -> Iterator[str]:
    """Write documents of an opening and a few sentences; the control exchanges their dates."""
    source = yaml.safe_load(SOURCE.read_text("utf-8"))
    draw = random.Random("films")
    drawn = []
    for side in ("killer", "protector"):
        own = source[side]
        for number in range(EACH * len(own["dates"])):
            opening = own["openings"][number % len(own["openings"])]
            told = [opening, *draw.sample(own["sentences"], SENTENCES)]
            drawn.append((own["dates"][number // EACH], " ".join(told)))
    draw.shuffle(drawn)
    dates = [date for date, _ in drawn]
    if shuffle_dates:
        random.Random("shuffled").shuffle(dates)
    for date, (own_date, text) in zip(dates, drawn, strict=True):
        # Sentences name the killer's year too, so the control exchanges that with the date.
        year = date.split()[1] if shuffle_dates else own_date.split()[1]
        yield text.replace("{date}", date).replace("1984", year)
