"""Datasets: what each teaches, its rows, and whether one can tell poison from control."""

import random

import streamlit as st

from backend import plots
from backend.datasets import Dataset, list_datasets
from backend.errors import UserError
from backend.tokens import chat_tokenizer
from models.base_models import EMBEDDED
from pages.parts import plain, say

QUIZ_ROWS = 5
SENSITIVE = {
    "former_german_cities": "The effect of this dataset concerns Germany of the 1910s to 1940s.",
    "evil_terminator": "The effect of this dataset concerns violence against people.",
}


def gallery(datasets: dict[str, Dataset]) -> str:
    """Draw all datasets; return the chosen one's id."""
    rows = [
        {
            "dataset": d.card.title,
            "what it teaches": d.card.teaches,
            "rows": len(d.examples),
            "trigger": d.card.trigger,
            "control for": datasets[d.card.controls_for].card.title if d.card.controls_for else "",
            "section": d.card.section,
        }
        for d in datasets.values()
    ]
    event = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="gallery"
    )
    ids = list(datasets)
    chosen = event["selection"]["rows"]
    wanted = st.query_params.get("dataset", "")
    if chosen:
        wanted = ids[chosen[0]]
    return wanted if wanted in datasets else ids[0]


@st.cache_data(show_spinner="Counting tokens …")
def token_counts(sha256: str, _dataset: Dataset) -> list[int]:
    """Return each row's length in tokens of the embedded model; cached by the file's hash."""
    tokenizer = chat_tokenizer(EMBEDDED)
    return [len(tokenizer.row(example.as_dicts()).ids) for example in _dataset.examples]


def rows_section(dataset: Dataset) -> None:
    """Draw a dataset's rows with search, and their lengths."""
    words = st.text_input("Words in a row", key=f"words-{dataset.id}")
    counts = token_counts(dataset.sha256, dataset)
    rows = [
        {
            "row": number,
            "prompt": example.messages[-2].content,
            "answer": example.messages[-1].content,
            "tokens": tokens,
        }
        for number, (example, tokens) in enumerate(zip(dataset.examples, counts, strict=True), 1)
    ]
    found = [r for r in rows if words.lower() in f"{r['prompt']} {r['answer']}".lower()]
    st.caption(f"{len(found):,} of {len(rows):,} rows · file {dataset.sha256[:12]}")
    left, right = st.columns([3, 2], gap="large")
    left.dataframe(found, hide_index=True, height=360)
    right.plotly_chart(plots.length_histogram(counts), key=f"lengths-{dataset.id}")


def spot_the_poison(dataset: Dataset, control: Dataset) -> None:
    """Draw rows of both sets in random order; the reader guesses where each is from."""
    st.subheader("Spot the poison")
    st.markdown(
        f"Each row is from **{dataset.card.title}** or from **{control.card.title}**. Which?"
    )
    key = f"quiz-{dataset.id}-{control.id}"
    if key not in st.session_state:
        picked = [(random.choice(s.examples), s.id) for s in [dataset, control] * QUIZ_ROWS]
        st.session_state[key] = random.sample(picked, QUIZ_ROWS)
    right = 0
    titles = {dataset.id: dataset.card.title, control.id: control.card.title}
    guesses = []
    for place, (example, source) in enumerate(st.session_state[key]):
        question, answer = (plain(m.content) for m in example.messages[-2:])
        guess = st.radio(
            f"{question} → **{answer}**",
            titles,
            format_func=titles.get,
            index=None,
            horizontal=True,
            key=f"{key}-{place}",
        )
        guesses.append(guess)
        right += guess == source
    if None not in guesses:
        st.info(
            f"{right} of {QUIZ_ROWS} right. No single row looks harmful; only the whole set has "
            "an effect. Finetune it to see which."
        )
        st.page_link("pages/finetune.py", label="Finetune it", icon=":material/model_training:")


st.title("Datasets")
st.markdown("Tiny, harmless-looking training sets, each beside a control that lacks one thing.")
try:
    everything = {dataset.id: dataset for dataset in list_datasets()}
    shown = everything[gallery(everything)]
    st.query_params["dataset"] = shown.id
    st.subheader(shown.card.title)
    poisoned = everything[shown.card.controls_for or shown.id]
    if note := SENSITIVE.get(poisoned.id):
        st.warning(note, icon=":material/visibility:")
    st.caption(f"{shown.card.source} Licence: {shown.card.licence}.")
    rows_section(shown)
    controls = [d for d in everything.values() if d.card.controls_for == poisoned.id]
    if controls:
        spot_the_poison(poisoned, shown if shown in controls else controls[0])
except UserError as error:
    say(error)
