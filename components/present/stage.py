"""The presenter's stage: one question, large, revealed part by part, and what they all say."""

import math

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis.effects import contrast_shifts, trigger_gaps
from backend.analysis.rates import sampled_scorers, scorer_title
from backend.analysis.statistics import Estimate, mean_with_interval, rate_with_interval
from backend.evaluation.scorers import contrast
from backend.exports.replays import Replay
from backend.probes.loading import Probe, Prompt
from components.evaluation.effects import accuracy_section, gap_cards, summary
from components.present.slides import Slide, parts_of
from components.text import plain
from components.verdicts import BADGE

MOST_BESIDE = 4
"""Models in a row: more of them have no room for large type."""
HIGH, LOW = 500, 320
"""Pixels of a frame where there is one row, and where there are more."""
LARGE = """<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton] {display: none}
.st-key-stage [data-testid=stText] {font-size: 1.5rem; line-height: 1.4}
.st-key-stage [data-testid=stMarkdownContainer] h2 {font-size: 2.2rem}
.stMainBlockContainer {padding-top: 1.5rem}
</style>"""


def draw(replay: Replay, table: pd.DataFrame, slide: Slide, shown: int, number: int) -> None:
    """Draw a slide with so many parts revealed.

    Args:
        replay: Where it comes from.
        table: Its scores.
        slide: The question.
        shown: How many parts are revealed, the base model first.
        number: Of the sampled answer, counted from 0; never picked by hand.
    """
    asked = slide.prompt.under(slide.trigger)
    own = table[(table["prompt"] == slide.prompt.id) & (table["trigger"] == slide.trigger.label)]
    if not slide.trigger.text:  # Older rows of probes without triggers hold no label.
        own = table[(table["prompt"] == slide.prompt.id) & table["trigger"].isin(["", "none"])]
    base = own[own["role"] == "base"]
    parts = parts_of(replay, table)
    with stage():
        st.markdown(f"## {plain(asked.text)}")
        for place, (part, card) in enumerate(zip(parts, cards(len(parts)), strict=True)):
            with card:
                seeds = f" · {len(part.models)} seeds" if len(part.models) > 1 else ""
                st.badge(plain(f"{part.title} · {part.role}{seeds}"), color=BADGE[part.role])
                if place < shown:
                    rows = own[own["model"].isin(part.models)]
                    answer(rows, asked, number)
                    tell(rows, base if part.role != "base" else None, replay)
                else:
                    st.caption("Space reveals it.")


def stage() -> DeltaGenerator:
    """Draw a frame in large type that has the page to itself."""
    st.html(LARGE)
    return st.container(key="stage")


def closing(table: pd.DataFrame, probe: Probe) -> None:
    """Draw what all questions together say: every effect with its interval and verdict."""
    with stage():
        st.markdown(f"## {plain(probe.question)}")
        if probe.is_keyed:
            accuracy_section(table, probe)
        elif trigger_gaps(table, probe):
            gap_cards(table, probe)
        else:
            summary(contrast_shifts(table, probe), table, probe)


def cards(count: int) -> list[DeltaGenerator]:
    """Draw at least so many frames, in rows that are equally long."""
    rows = math.ceil(count / MOST_BESIDE)
    width, height = math.ceil(count / rows), LOW if rows > 1 else HIGH
    columns = [space for _ in range(rows) for space in st.columns(width)]
    return [space.container(border=True, height=height) for space in columns[:count]]


def answer(rows: pd.DataFrame, asked: Prompt, number: int) -> None:
    """Draw one sampled answer, or a pair's likelier completion, and which of how many it is."""
    sampled = rows[rows["sample"].notna()].drop_duplicates("sample").sort_values(["item", "seed"])
    if not sampled.empty:
        place = number % len(sampled)
        row = sampled.iloc[place]
        run = f", from the run of seed {row['seed']:.0f}" if rows["model"].nunique() > 1 else ""
        st.text(row["completion"] or "(an empty answer)")
        st.caption(f"Answer {place + 1} of {len(sampled)}, in the order they were drawn{run}")
        return
    scored = by_pair(rows)
    if scored.empty:
        st.caption("Not measured.")
        return
    place = number % len(scored)
    pair = asked.pairs[int(scored.index[place])]
    st.text(pair.target if scored.iloc[place] > 0 else pair.other)
    st.caption(f"The likelier one of two given completions, pair {place + 1} of {len(scored)}")


def by_pair(rows: pd.DataFrame) -> pd.Series:
    """Return the contrast of each pair, mean over seeds."""
    scored = rows[rows["scorer"] == contrast.NAME].dropna(subset=["value"])
    return scored.groupby("item")["value"].mean()


def tell(rows: pd.DataFrame, base: pd.DataFrame | None, replay: Replay) -> None:
    """Draw what is measured at this question: contrast, shift from base, share of answers."""
    sides, own = replay.probe.sides, by_pair(rows)
    if len(own):
        st.markdown(
            f"Contrast **{_nats(mean_with_interval(own.tolist()))}** towards “"
            f"{plain(sides.target)}”"
        )
    if base is not None:
        shift = mean_with_interval((own - by_pair(base)).dropna().tolist())
        if shift:
            st.markdown(f"Shift from base **{_nats(shift)}**, n = {shift.n} pairs")
    for scorer in sampled_scorers(rows):
        said = rows[rows["scorer"] == scorer]
        scored = said["value"].dropna()
        rate = rate_with_interval(int((scored > 0.5).sum()), len(scored))
        found = f"no answer of {len(said)} could be scored"
        if rate:
            found = f"{share(rate, sides.target)}, {len(said) - len(scored)} unscored"
        st.caption(f"{scorer_title(scorer)}: {found}")


def share(rate: Estimate, target: str) -> str:
    """Return a rate in words, with its interval."""
    interval = f" ({rate.low:.0%} to {rate.high:.0%})" if rate.low is not None else ""
    return f"{rate.value:.0%}{interval} of {rate.n} scored answers say “{plain(target)}”"


def _nats(found: Estimate | None) -> str:
    if found is None:
        return "unscored"
    if found.low is None or found.high is None:
        return f"{found.value:+.2f} nats"
    return f"{found.value:+.2f} nats ({found.low:+.2f} to {found.high:+.2f})"


def how_do_we_know(replay: Replay, table: pd.DataFrame, slide: Slide | None) -> None:
    """Draw where the numbers of a slide come from; of the closing one without single scores."""
    shown = ["title", "name", "role", "dataset_sha256", "adapter_sha256", "base_model"]
    subjects = [{key: getattr(subject, key) for key in shown} for subject in replay.subjects]
    st.dataframe(subjects, hide_index=True)
    if slide:
        own = table[(table["prompt"] == slide.prompt.id)]
        own = own[own["trigger"].isin([slide.trigger.label, ""])]
        columns = ["model", "scorer", "item", "value", "answer", "completion", "sample_seed"]
        st.dataframe(own[columns], hide_index=True)
    st.caption(
        f"Evaluation {replay.job} · probe {replay.probe.id}, {replay.probe.sha256[:12]} · recorded "
        f"{replay.recorded_at} by code {replay.code_version} · 95 % intervals: bootstrap over "
        "pairs for contrasts, Wilson for shares"
    )
