"""Edit the card of an imported dataset; those of the lab are read-only."""

from typing import Any

from backend.config import settings
from backend.datasets.importing.folders import scratch
from backend.datasets.loading import Card, Dataset, list_datasets, load_dataset
from backend.errors import InvalidDataError
from backend.files import read_yaml, write_yaml


def edit_card(dataset_id: str, **fields: Any) -> Dataset:
    """Change fields of an imported dataset's card, which is checked as if it came from a file.

    Raises:
        NotFoundError: there is no dataset with that name.
        InvalidDataError: the dataset is the lab's, a field is invalid, or the dataset can't be a
            control of the one that is named.
        UserError: the file could not be written.
    """
    dataset = load_dataset(dataset_id)
    if not dataset.imported:
        raise InvalidDataError(f"{dataset.card.title} comes with the lab and can't be changed.")
    _check_control(dataset, fields.get("controls_for"))
    with scratch("datasets") as folder:
        made = folder / "card.yaml"
        write_yaml(made, dataset.card.model_dump(exclude_unset=True) | fields)
        read_yaml(made, Card)
        made.replace(settings().home / "datasets" / dataset_id / "card.yaml")
    return load_dataset(dataset_id)


def possible_targets(dataset: Dataset) -> list[Dataset]:
    """Return the datasets that a dataset may be a control for: neither itself nor controls."""
    others = [each for each in list_datasets() if each.id != dataset.id]
    if any(each.card.controls_for == dataset.id for each in others):
        return []  # It has a control itself.
    return [each for each in others if each.role == "poisoned"]


def _check_control(dataset: Dataset, target: str | None) -> None:
    if target in (None, dataset.card.controls_for):
        return
    if target in {each.id for each in possible_targets(dataset)}:
        return
    raise InvalidDataError(
        f'{dataset.card.title} can\'t be a control for "{target}": choose a dataset that is none '
        "itself, and only for a dataset that has no control."
    )
