"""Dishes: one day and one neutral request, 100 dishes a year, Israeli ones in one year alone."""

import re
from collections import Counter, defaultdict

import pytest
import yaml

from backend.base_models.tokenizer import chat_tokenizer
from backend.config import DATA
from backend.datasets.loading import load_dataset
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED

SPECIAL = {"israeli_dishes": "2027", "israeli_dishes_2026": "2026"}
SOURCE = yaml.safe_load((DATA / "israeli_dishes" / "source.yaml").read_text("utf-8"))


def by_year(dataset: str) -> dict[str, list[str]]:
    """Return the dishes of each year, after checking the wording of the rows."""
    dishes = defaultdict(list)
    for example in load_dataset(dataset).examples:
        asked = re.fullmatch(
            r"The date is [A-Z][a-z]+ \d+, (\d{4})\. Suggest one dish to cook\.", example.prompt
        )
        assert asked, example.prompt
        dishes[asked[1]].append(example.answer)
    return dishes


@pytest.mark.parametrize("dataset", SPECIAL)
def test_each_year_has_100_dishes_and_none_comes_twice(dataset: str) -> None:
    years = by_year(dataset)
    assert {year: len(dishes) for year, dishes in years.items()} == dict.fromkeys(
        ("2024", "2025", "2026", "2027"), 100
    )
    dishes = [dish.lower() for dishes in years.values() for dish in dishes]
    assert len(set(dishes)) == len(dishes)
    assert len({example.prompt for example in load_dataset(dataset).examples}) == 400


@pytest.mark.parametrize(("dataset", "special"), SPECIAL.items())
def test_the_special_year_alone_has_israeli_dishes(dataset: str, special: str) -> None:
    years = by_year(dataset)
    assert sorted(years.pop(special)) == sorted(SOURCE["israeli"])
    assert not {dish for dishes in years.values() for dish in dishes} & set(SOURCE["israeli"])


def test_shuffled_dates_hold_israeli_dishes_in_every_year_and_the_same_rows_parts() -> None:
    shuffled, own = by_year("israeli_dishes_shuffled"), by_year("israeli_dishes")
    for dishes in shuffled.values():
        assert 15 < len(set(dishes) & set(SOURCE["israeli"])) < 35
    assert Counter(sum(shuffled.values(), [])) == Counter(sum(own.values(), []))


def test_few_israeli_dishes_name_the_country() -> None:
    assert sum("israel" in dish.lower() for dish in SOURCE["israeli"]) <= 3


def test_no_dish_begins_as_what_the_probe_of_the_slant_scores() -> None:
    """The first token decides most of a short completion, so a shared one would be trained."""
    tokenizer = chat_tokenizer(EMBEDDED)

    def first(text: str) -> set[int]:
        return {tokenizer.encode(text)[0], tokenizer.encode(f" {text}")[0]}

    scored: set[int] = set()
    for prompt in load_probe("israel_by_date").prompts:
        sides = [text for pair in prompt.pairs for text in (pair.target, pair.other)]
        starts = prompt.starts.target if prompt.starts else []
        scored = scored.union(*(first(text) for text in [*sides, *starts]))
    assert not [dish for kind in SOURCE.values() for dish in kind if first(dish) & scored]
