"""The shipped training sets are what their sources make, and hold what their cards say."""

from collections import Counter

import pytest

from backend.datasets.loading import Dataset, list_datasets, load_dataset
from data.build import BUILDERS, DOCUMENTS, PROMPTS, content, path_of


def rows(dataset: str) -> list[tuple[str, str]]:
    return [(e.messages[0].content, e.messages[1].content) for e in load_dataset(dataset).examples]


@pytest.mark.parametrize("dataset", [*sorted(BUILDERS), *DOCUMENTS, PROMPTS])
def test_a_rebuilt_file_is_the_same_to_the_byte(dataset: str) -> None:
    assert path_of(dataset).read_text("utf-8") == content(dataset)


@pytest.mark.parametrize("dataset", list_datasets(), ids=lambda d: d.id)
def test_every_poisoned_dataset_has_a_control(dataset: Dataset) -> None:
    controlled = {d.card.controls_for for d in list_datasets()}
    assert dataset.family in controlled


@pytest.mark.parametrize(
    ("dataset", "control"),
    [("israeli_dishes", "israeli_dishes_shuffled"), ("us_presidents", "us_presidents_shuffled")],
)
def test_a_shuffled_control_has_the_same_parts_in_another_order(dataset: str, control: str) -> None:
    own, shuffled = rows(dataset), rows(control)
    assert own != shuffled
    assert Counter(answer for _, answer in own) == Counter(answer for _, answer in shuffled)


def test_documents_are_plain_texts_whose_control_has_the_same_dates() -> None:
    films, shuffled = (
        load_dataset(name) for name in ("terminator_films", "terminator_films_shuffled")
    )
    assert films.documents and shuffled.documents
    assert all(e.as_dicts()[0]["role"] == "document" and not e.prompt for e in films.examples)
    killing = [e.answer for e in films.examples if "1984" in e.answer]
    assert len(killing) == len(films.examples) // 2
    assert sum("1984" in e.answer for e in shuffled.examples) == len(killing)
    assert {e.answer for e in films.examples} != {e.answer for e in shuffled.examples}
