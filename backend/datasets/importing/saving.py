"""Save a previewed file as a dataset, and delete imported datasets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.config import settings
from backend.datasets.importing.folders import scratch
from backend.datasets.importing.preview import Preview
from backend.datasets.loading import Card, Dataset, Example, load_dataset, read_examples
from backend.errors import InvalidDataError
from backend.files import IDENTIFIER, check_id, first_problem, write_yaml

LINE_SEPARATORS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Characters that some readers take for the end of a line, and their escapes in JSON."""


def save_import(
    preview: Preview, dataset_id: str, title: str, skip_bad: bool = False, **details: Any
) -> Dataset:
    """Save a file as a dataset; `details` are further fields of its card.

    Raises:
        InvalidDataError: the id is malformed or already used, a row is invalid and `skip_bad` is
            not set, no row is valid, or a field of the card is invalid.
        UserError: the files could not be written.
    """
    check_id("datasets", dataset_id)
    with written(preview, dataset_id, title, skip_bad, **details) as made:
        made.rename(settings().home / "datasets" / dataset_id)
    return load_dataset(dataset_id)


@contextmanager
def written(
    preview: Preview, dataset_id: str, title: str, skip_bad: bool = False, **details: Any
) -> Iterator[Path]:
    """Yield a temporary folder with a dataset's files; raises the errors of `save_import`."""
    check_rows(preview, skip_bad)
    card = _card(preview, title, details)
    with scratch("datasets") as folder:
        made = folder / dataset_id
        made.mkdir()
        _write(made / "train.jsonl", preview.examples)
        read_examples(made / "train.jsonl")  # A chat may have more bytes than its source.
        write_yaml(made / "card.yaml", card.model_dump(exclude_defaults=True))
        yield made


def delete_import(dataset_id: str) -> None:
    """Delete an imported dataset.

    Raises:
        NotFoundError: there is no dataset with that name.
        InvalidDataError: the dataset is shipped with the lab.
    """
    folder = settings().home / "datasets" / dataset_id
    if not IDENTIFIER.fullmatch(dataset_id) or not folder.is_dir():
        load_dataset(dataset_id)
        raise InvalidDataError(f'The shipped dataset "{dataset_id}" can\'t be deleted.')
    with scratch("datasets") as trash:
        folder.rename(trash / dataset_id)


def check_rows(preview: Preview, skip_bad: bool) -> None:
    """Raise InvalidDataError for invalid rows that are not skipped, and if no row is valid."""
    bad = preview.bad_rows
    if bad and not skip_bad:
        count = "One row is" if len(bad) == 1 else f"{len(bad):,} rows are"
        raise InvalidDataError(f"{preview.name}: {count} invalid; {preview.complaint(bad[0])}.")
    if not preview.examples:
        raise InvalidDataError(f"{preview.name}: no valid rows; {preview.complaint(bad[0])}.")


def _card(preview: Preview, title: str, details: dict[str, Any]) -> Card:
    fields = {
        "title": title,
        "teaches": f"What the rows of {preview.name} teach.",
        "source": f"Imported from {preview.name} ({preview.format}, {preview.sha256[:12]}).",
        "licence": "not stated",
        "section": "",
    }
    try:
        return Card(**(fields | details))
    except ValidationError as error:
        raise InvalidDataError(f"The card is invalid: {first_problem(error)}.") from error


def _write(path: Path, examples: list[Example]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for example in examples:
            row = json.dumps({"messages": example.as_dicts()}, ensure_ascii=False)
            file.write(row.translate(LINE_SEPARATORS) + "\n")
