"""Samples of an evaluation: a table with filters, one sample in full, downloads."""

import pandas as pd
import streamlit as st

from backend.probes import Probe
from pages.answers import scorer_picker
from pages.parts import plain

PAGE = 200  # Rows of the sample table that are sent to the browser.


def sample_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the samples with filters, and the chosen one in full."""
    st.subheader("Samples")
    scorer = scorer_picker(table, "samples-by")
    if scorer is None:
        st.info("No samples yet. They appear here while the probe runs.")
        return
    samples = table[table["scorer"] == scorer]
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    first, second, third, fourth = st.columns(4)
    model = first.selectbox("Model", ["all", *samples["model"].unique()])
    prompt = second.selectbox("Topic", ["all", *titles], format_func=lambda p: titles.get(p, p))
    shown = samples.assign(score=samples["answer"].where(samples["value"].notna(), "unscored"))
    said = third.selectbox("Score", ["all", *sorted(shown["score"].unique())])
    words = fourth.text_input("Words in the answer")
    for column, wanted in (("model", model), ("prompt", prompt), ("score", said)):
        if wanted != "all":
            shown = shown[shown[column] == wanted]
    if words:
        shown = shown[shown["completion"].str.contains(words, case=False, regex=False)]
    shown = shown.assign(topic=shown["prompt"].map(titles)).reset_index(drop=True)
    st.caption(f"{len(shown):,} of {len(samples):,} samples")
    columns = ["role", "model", "topic", "score", "completion"]
    if probe.has_triggers:
        columns.insert(3, "trigger")
    event = st.dataframe(
        shown.loc[: PAGE - 1, columns],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="samples",
    )
    chosen = event["selection"]["rows"]
    if chosen and chosen[0] < len(shown):
        detail(shown.iloc[chosen[0]], probe)
    else:
        st.caption("Select a row to read the whole answer and where it comes from.")


def detail(row: pd.Series, probe: Probe) -> None:
    """Draw one sample in full, with its lineage."""
    prompt = next((p.text for p in probe.prompts if p.id == row["prompt"]), row["prompt"])
    with st.container(border=True):
        st.markdown(f"**{plain(prompt)}**")
        st.text(row["completion"] or "(an empty answer)")
        st.caption(f"{row['score']}: {plain(row['explanation'])}")
        wanted = ["model", "dataset", "dataset_sha256", "seed", "base_model", "adapter_sha256"]
        wanted += ["sample_seed", "finish_reason", "probe_sha256", "code_version", "run", "job"]
        with st.expander("Where it comes from"):
            st.dataframe(
                [{"what": key.replace("_", " "), "value": str(row[key])} for key in wanted],
                hide_index=True,
            )
