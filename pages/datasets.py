"""Datasets: what each teaches, its rows, and whether one can tell poison from control."""

import streamlit as st

from backend.datasets.importing.saving import delete_import
from backend.datasets.loading import Dataset, list_datasets, unusable_datasets
from backend.errors import UserError
from components.address import keep_in_address
from components.datasets.card import card_editor, card_section
from components.datasets.descendants import descendants
from components.datasets.quiz import spot_the_poison
from components.datasets.rows import compare
from components.datasets.upload import IMPORTED, import_section
from components.glossary import explain
from components.table import chosen_row
from components.text import plain, say, unusable

TOOLTIPS = {
    "trigger": st.column_config.Column(help=explain("trigger")),
    "control for": st.column_config.Column(help=explain("control")),
}


def gallery(datasets: dict[str, Dataset]) -> str:
    """Draw all datasets; return the chosen one's id."""
    rows = [row_of(dataset, datasets) for dataset in datasets.values()]
    # A choice is a place in the table, so a table with other rows has none yet.
    chosen, ids = chosen_row(rows, f"gallery-{hash(tuple(datasets))}", TOOLTIPS), list(datasets)
    wanted = st.query_params.get("dataset", "")
    if chosen is not None:
        wanted = ids[chosen]
    elif wanted and wanted not in datasets:
        st.warning(f"There is no dataset {plain(wanted)} in this lab; this is the first one.")
    return wanted if wanted in datasets else ids[0]


def row_of(dataset: Dataset, datasets: dict[str, Dataset]) -> dict[str, str | int]:
    """Return a dataset as a row of the gallery."""
    card = dataset.card
    return {
        "dataset": card.title,
        "what it teaches": card.teaches,
        "rows": len(dataset.examples),
        "trigger": card.trigger,
        "control for": title_of(datasets, card.controls_for),
        "reported effect": card.found[0].effect if card.found else "",
        "paper section": card.section,
        "from": "you" if dataset.imported else "the lab",
    }


def title_of(datasets: dict[str, Dataset], dataset_id: str | None) -> str:
    """Return a dataset's title; its id if it was deleted, nothing for none."""
    return datasets[dataset_id].card.title if dataset_id in datasets else dataset_id or ""


def actions(dataset: Dataset) -> None:
    """Draw what can be done with a dataset."""
    with st.container(horizontal=True):
        st.page_link(
            "pages/finetune.py",
            label="Finetune on it",
            icon=":material/model_training:",
            query_params={"dataset": dataset.id},
        )
        if dataset.imported and st.button("Delete", icon=":material/delete:", type="tertiary"):
            ask_to_delete(dataset)


@st.dialog("Delete this dataset permanently?")
def ask_to_delete(dataset: Dataset) -> None:
    """Ask once; runs that were trained on it are kept."""
    st.write(f"{plain(dataset.card.title)}: {len(dataset.examples):,} rows. Runs on it are kept.")
    if st.button("Delete", type="primary"):
        try:
            delete_import(dataset.id)
            st.session_state.pop(IMPORTED, None)
        except UserError as error:
            say(error)
            return
        st.query_params.clear()
        st.rerun()


def page() -> None:
    """Draw the import, the gallery, the chosen dataset and the quiz."""
    st.title("Datasets")
    st.markdown("Tiny, harmless-looking training sets, each with a control that lacks one thing.")
    import_section()
    unusable(unusable_datasets())
    datasets = {dataset.id: dataset for dataset in list_datasets()}
    shown = datasets[gallery(datasets)]
    keep_in_address("dataset", shown.id, next(iter(datasets)))
    card_section(shown)
    actions(shown)
    card_editor(shown)
    descendants(shown)
    compare(datasets, shown)
    family = [d for d in datasets.values() if d.family == shown.family]
    controls = [d for d in family if d.role == "control" and not d.card.self_distilled]
    if controls and shown.family in datasets:
        poisoned = shown if shown.role == "poisoned" else datasets[shown.family]
        spot_the_poison(poisoned, shown if shown in controls else controls[0])


try:
    page()
except UserError as error:
    say(error)
