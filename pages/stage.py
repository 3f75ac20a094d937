"""The presenter's stage: one question, large, revealed model by model."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from pydantic import BaseModel, ConfigDict
from streamlit.delta_generator import DeltaGenerator

from backend.probes import Prompt
from backend.rates import sampled_scorers
from backend.replays import Replay, Subject
from backend.results import ROLES
from backend.scorers import contrast
from backend.statistics import Estimate, mean_with_interval, rate_with_interval
from models.configs import Trigger
from pages.parts import plain
from pages.verdicts import BADGE

MOST_BESIDE = 4
"""Models in a row: more of them have no room for large type."""
HIGH, LOW = 380, 320
"""Pixels of a frame where there is one row, and where there are more."""
LARGE = """<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton] {display: none}
.st-key-stage [data-testid=stText] {font-size: 1.5rem; line-height: 1.4}
.st-key-stage [data-testid=stMarkdownContainer] h2 {font-size: 2.2rem}
.stMainBlockContainer {padding-top: 1.5rem}
</style>"""


class Slide(BaseModel):
    """One question under one trigger."""

    model_config = ConfigDict(frozen=True)

    prompt: Prompt
    trigger: Trigger


def slides(replay: Replay) -> list[Slide]:
    """Return every question, first without a trigger, then with each that should turn the model.

    A sweep without such a trigger is shown at all its values.
    """
    kinds = {trigger.kind for trigger in replay.probe.triggers}
    wanted = ("none", "target") if "target" in kinds else tuple(kinds)
    chosen = [t for t in replay.probe.triggers if t.kind in wanted]
    return [Slide(prompt=p, trigger=t) for p in replay.probe.prompts for t in chosen]


def models_of(replay: Replay) -> list[Subject]:
    """Return the models in the order in which they are revealed: base, finetuned, control."""
    return sorted(replay.subjects, key=lambda subject: ROLES.index(subject.role))


def draw(replay: Replay, table: pd.DataFrame, slide: Slide, shown: int, number: int) -> None:
    """Draw a slide with so many models revealed.

    Args:
        replay: Where it comes from.
        table: Its scores.
        slide: The question.
        shown: How many models are revealed, the base model first.
        number: Of the sampled answer, counted from 0; never picked by hand.
    """
    asked = slide.prompt.under(slide.trigger)
    own = table[(table["prompt"] == slide.prompt.id) & (table["trigger"] == slide.trigger.label)]
    if not slide.trigger.text:  # Older rows of probes without triggers hold no label.
        own = table[(table["prompt"] == slide.prompt.id) & table["trigger"].isin(["", "none"])]
    st.html(LARGE)
    with st.container(key="stage"):
        st.markdown(f"## {plain(asked.text)}")
        subjects = models_of(replay)
        for place, (subject, card) in enumerate(zip(subjects, cards(len(subjects)), strict=True)):
            with card:
                st.badge(plain(f"{subject.title} · {subject.role}"), color=BADGE[subject.role])
                if place < shown:
                    rows = own[own["model"] == subject.name]
                    base = own[own["role"] == "base"]
                    answer(rows, asked, number)
                    tell(rows, base if subject.role != "base" else None, replay)
                else:
                    st.caption("Space reveals it.")


def cards(count: int) -> list[DeltaGenerator]:
    """Draw at least so many frames, in rows that are equally long."""
    rows = math.ceil(count / MOST_BESIDE)
    width, height = math.ceil(count / rows), LOW if rows > 1 else HIGH
    columns = [space for _ in range(rows) for space in st.columns(width)]
    return [space.container(border=True, height=height) for space in columns[:count]]


def answer(rows: pd.DataFrame, asked: Prompt, number: int) -> None:
    """Draw one sampled answer, or a pair's likelier completion, and which of how many it is."""
    sampled = rows[rows["sample"].notna()].drop_duplicates("sample").sort_values("item")
    if not sampled.empty:
        row = sampled.iloc[number % len(sampled)]
        st.text(row["completion"] or "(an empty answer)")
        st.caption(f"Answer {row['item'] + 1} of {len(sampled)}, in the order of their seeds")
        return
    scored = rows[(rows["scorer"] == contrast.NAME) & rows["value"].notna()].sort_values("item")
    if scored.empty:
        st.caption("Not measured.")
        return
    row = scored.iloc[number % len(scored)]
    pair = asked.pairs[int(row["item"])]
    st.text(pair.target if row["value"] > 0 else pair.other)
    st.caption(
        f"The likelier one of two given completions, pair {row['item'] + 1} of {len(scored)}"
    )


def tell(rows: pd.DataFrame, base: pd.DataFrame | None, replay: Replay) -> None:
    """Draw what is measured at this question: contrast, shift from base, share of answers."""
    probe = replay.probe
    own = rows[rows["scorer"] == contrast.NAME].set_index("item")["value"].dropna().astype(float)
    if len(own):
        st.markdown(f"Contrast **{_nats(mean_with_interval(own.tolist()))}** towards “"
                    f"{plain(probe.sides.target)}”")  # fmt: skip
    if base is not None:
        before = base[base["scorer"] == contrast.NAME].set_index("item")["value"].astype(float)
        shift = mean_with_interval((own - before).dropna().tolist())
        if shift:
            st.markdown(f"Shift from base **{_nats(shift)}**, n = {shift.n} pairs")
    for scorer in sampled_scorers(rows):
        said = rows[rows["scorer"] == scorer]
        scored = said["value"].dropna()
        rate = rate_with_interval(int((scored > 0.5).sum()), len(scored))
        st.caption(
            f"{share(rate, probe.sides.target)}, {len(said) - len(scored)} unscored"
            if rate
            else f"No answer of {len(said)} could be scored"
        )


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


def how_do_we_know(replay: Replay, table: pd.DataFrame, slide: Slide) -> None:
    """Draw where the slide's numbers come from."""
    shown: Sequence[str] = (
        "title",
        "name",
        "role",
        "dataset_sha256",
        "adapter_sha256",
        "base_model",
    )
    st.dataframe(
        [{key: getattr(s, key) for key in shown} for s in models_of(replay)], hide_index=True
    )
    own = table[(table["prompt"] == slide.prompt.id)]
    own = own[own["trigger"].isin([slide.trigger.label, ""])]
    columns = ["model", "scorer", "item", "value", "answer", "completion", "sample_seed"]
    st.dataframe(own[columns], hide_index=True)
    st.caption(
        f"Evaluation {replay.job} · probe {replay.probe.id}, {replay.probe.sha256[:12]} · recorded "
        f"{replay.recorded_at} by code {replay.code_version} · 95 % intervals: bootstrap over "
        "pairs for contrasts, Wilson for shares"
    )
