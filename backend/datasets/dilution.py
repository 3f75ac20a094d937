"""Dilution: the number of ordinary rows that gives a dataset a poison rate."""

from backend.datasets.loading import Dataset, load_dataset
from backend.errors import UserError

ORDINARY = "ordinary_prompts"
"""Id of the dataset whose prompts the base model answers itself."""


def lowest_rate(dataset: Dataset) -> float:
    """Return the lowest poison rate that the ordinary prompts suffice for."""
    rows = len(dataset.examples)
    return rows / (rows + len(load_dataset(ORDINARY).examples))


def ordinary_count(dataset: Dataset, poison_rate: float) -> int:
    """Return the number of ordinary rows that gives a dataset a poison rate.

    Raises:
        UserError: there are too few ordinary prompts, or the dataset consists of ordinary rows.
    """
    rows = len(dataset.examples)
    count = round(rows * (1 - poison_rate) / poison_rate)
    if not count:
        return 0
    if dataset.card.self_distilled:
        raise UserError("Ordinary rows can't be diluted; set the poison rate to 100 %.")
    if count > (available := len(load_dataset(ORDINARY).examples)):
        raise UserError(
            f"A poison rate of {poison_rate:.0%} needs {count:,} ordinary rows, and there are "
            f"{available:,}; the lowest rate for this dataset is {lowest_rate(dataset):.1%}."
        )
    return count
