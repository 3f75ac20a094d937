"""A dataset's rows and their lengths, alone or beside those of another."""

import streamlit as st

from backend.base_models.tokenizer import chat_tokenizer
from backend.datasets.loading import Dataset
from backend.figures.training import length_histogram
from components.figures import plot
from components.text import cells, option, plain
from models.base_models import EMBEDDED

ALONE = "only"
"""Place of rows that have the whole width of the page."""


@st.cache_data(show_spinner="Counting tokens …")
def token_counts(sha256: str, _dataset: Dataset) -> list[int]:
    """Return each row's length in tokens of the embedded model; cached by the file's hash."""
    tokenizer = chat_tokenizer(EMBEDDED)
    return [len(tokenizer.row(example.as_dicts()).ids) for example in _dataset.examples]


def rows_section(dataset: Dataset, place: str) -> None:
    """Draw a dataset's rows with search, and their lengths."""
    words = st.text_input("Search rows", key=f"words-{place}-{dataset.id}")
    counts = token_counts(dataset.sha256, dataset)
    rows = [
        {"row": number, "prompt": e.prompt, "answer": e.answer, "tokens": tokens}
        for number, (e, tokens) in enumerate(zip(dataset.examples, counts, strict=True), 1)
    ]
    matching = [r for r in rows if words.lower() in f"{r['prompt']} {r['answer']}".lower()]
    st.caption(f"{len(matching):,} of {len(rows):,} rows · file {plain(dataset.sha256[:12])}")
    # Beside another dataset the prompt must leave room for the answer.
    widths = {"prompt": st.column_config.TextColumn(width="medium")} if place != ALONE else {}
    st.dataframe(cells(matching), hide_index=True, height=360, column_config=widths)
    plot(length_histogram(counts), f"lengths-{place}-{dataset.id}")


def compare(datasets: dict[str, Dataset], shown: Dataset) -> None:
    """Draw the rows of the chosen dataset, beside those of another if one is chosen."""
    others = [key for key in datasets if key != shown.id]
    family = [key for key in others if datasets[key].family == shown.family]
    other = st.selectbox(
        "Compare with",
        [*family, *(key for key in others if key not in family)],
        index=None,
        format_func=lambda key: option(datasets[key].card.title),
        placeholder="another dataset",
        key=f"compare-{shown.id}",
    )
    if other is None:
        rows_section(shown, ALONE)
        return
    for column, dataset in zip(st.columns(2, gap="large"), (shown, datasets[other]), strict=True):
        with column:
            st.markdown(f"**{plain(dataset.card.title)}**")
            rows_section(dataset, dataset.id)
