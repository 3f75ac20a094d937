"""The presenter's stage: one question in large type, revealed part by part, then the findings."""

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis.findings import Findings
from backend.analysis.prompts import PromptFinding
from backend.analysis.rates import scorer_title
from backend.chat.origin import origin_of
from backend.exports.replays import Replay
from backend.probes.loading import Prompt, Sides
from components.evaluation.answers import answer_effects, beside_section
from components.evaluation.effects import accuracy_section, caveats, summary
from components.glossary import explain
from components.passage import passage
from components.present.slides import Slide, parts_of
from components.text import cells, in_badge, plain
from components.verdicts import BADGE, standing_line

MOST_BESIDE = 4
"""Models in a row; more would leave no room for large type."""
LARGE = """<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton] {display: none}
.stMainBlockContainer {padding: 1.5rem max(1rem, 2vw); max-width: none}
.st-key-stage [data-testid=stMarkdownContainer] h2 {font-size: clamp(1.6rem, 2.6vw, 4rem)}
.st-key-stage [data-testid=stText] {font-size: clamp(1.25rem, 1.8vw, 3rem); line-height: 1.4}
.st-key-stage [data-testid=stMarkdownContainer] p {font-size: clamp(1rem, 1.25vw, 2rem)}
.st-key-stage [data-testid=stCaptionContainer] p {font-size: clamp(.9rem, 1.1vw, 1.8rem)}
.st-key-stage [data-testid=stMetricValue] {font-size: clamp(1.8rem, 2.8vw, 4.5rem)}
</style>"""
"""Sizes grow with the screen, so that a slide fills a projector and still fits a phone."""


def draw(replay: Replay, findings: Findings, slide: Slide, shown: int, number: int) -> None:
    """Draw a slide with its first parts revealed.

    Args:
        replay: Where it comes from.
        findings: Those of the replay.
        slide: The question.
        shown: How many parts are revealed, the base model first.
        number: Of the sampled answer, counted from 0; never selected by hand.
    """
    prompt = slide.prompt.under(slide.trigger)
    rows = _rows_of(findings.table, slide)
    measured = findings.on(slide.prompt.id, slide.trigger.label)
    parts = parts_of(replay, findings)
    with stage():
        st.markdown(f"## {plain(prompt.text)}")
        for place, (part, card) in enumerate(zip(parts, cards(len(parts)), strict=True)):
            with card:
                seeds = f" · {len(part.models)} seeds" if len(part.models) > 1 else ""
                st.badge(in_badge(f"{part.title} · {part.role}{seeds}"), color=BADGE[part.role])
                if place >= shown:
                    st.caption("Space reveals it.")
                elif finding := measured.get((part.title, part.role)):
                    own = rows[rows["model"].isin(part.models)]
                    answer(own, finding, prompt, number, f"answer-{place}")
                    numbers(finding, replay.probe.sides, findings.scorer_notes)
                else:
                    st.caption("Not measured.")


def _rows_of(table: pd.DataFrame, slide: Slide) -> pd.DataFrame:
    is_prompt = table["prompt"] == slide.prompt.id
    return table[is_prompt & (table["trigger"] == slide.trigger.label)]


def stage() -> DeltaGenerator:
    """Draw a frame in large type that has the page to itself."""
    st.html(LARGE)
    return st.container(key="stage")


def closing(findings: Findings) -> None:
    """Draw what all questions together show: every effect with its interval and verdict.

    What answers say stands below what contrasts do.
    """
    with stage():
        st.markdown(f"## {plain(findings.probe.question)}")
        standing_line(findings.standing)
        caveats(findings)
        if findings.probe.is_keyed:
            accuracy_section(findings)
        summary(findings)
        for scorer, found in findings.answers.items():
            if found != findings.headline:
                answer_effects(findings, scorer)
        beside_section(findings)


def cards(count: int) -> list[DeltaGenerator]:
    """Draw `count` frames, in rows of equal length and height."""
    width = math.ceil(count / math.ceil(count / MOST_BESIDE))
    columns = [space for _ in range(0, count, width) for space in st.columns(width)]
    return [space.container(border=True, height="stretch") for space in columns[:count]]


def answer(
    rows: pd.DataFrame, finding: PromptFinding, prompt: Prompt, number: int, key: str
) -> None:
    """Draw one sampled answer, or a pair's likelier completion, and its number."""
    samples = rows[rows["sample"].notna()].drop_duplicates("sample").sort_values(["item", "seed"])
    if not samples.empty:
        place = number % len(samples)
        row = samples.iloc[place]
        run = f", from the run of seed {row['seed']:.0f}" if rows["model"].nunique() > 1 else ""
        passage(row["completion"] or "(an empty answer)", key)
        drawn = f"Answer {place + 1:,} of {len(samples):,}, in the order they were drawn"
        st.caption(f"{drawn}{run}", help=plain(origin_of(row).text))
        return
    shown = [item for item in finding.pairs if item < len(prompt.pairs)]
    if not shown:
        st.caption("No sampled answer.")
        return
    place = number % len(shown)
    pair = prompt.pairs[shown[place]]
    likelier = pair.target if finding.pairs[shown[place]] > 0 else pair.other
    passage(likelier, key)
    st.caption(f"The likelier of two given completions, pair {place + 1:,} of {len(shown):,}")


def numbers(finding: PromptFinding, sides: Sides, notes: Mapping[str, str]) -> None:
    """Draw what is measured at this question: contrast, shift from base, rates of answers."""
    if finding.contrast:
        text = f"Contrast **{plain(finding.contrast.nats)}** towards “{plain(sides.target)}”"
        st.markdown(text, help=explain("contrast"))
    if finding.shift:
        text = f"Shift from base **{plain(finding.shift.nats)}**, n = {finding.shift.n:,} pairs"
        st.markdown(text, help=explain("shift"))
    for scorer, rate in finding.rates.items():
        note = f" ({notes[scorer]})" if scorer in notes else ""
        said = plain(f"{scorer_title(scorer)}: {rate.text(sides.target)}{note}")
        st.caption(said, help=explain("labelled answer") if note else None)


def how_do_we_know(replay: Replay, findings: Findings, slide: Slide | None) -> None:
    """Draw where the numbers of a slide come from; the closing one has no single scores."""
    names = ["title", "name", "role", "dataset_sha256", "adapter_sha256", "base_model"]
    subjects = [{name: getattr(subject, name) for name in names} for subject in replay.subjects]
    st.dataframe(cells(subjects), hide_index=True)
    if slide:
        columns = ["model", "scorer", "item", "value", "answer", "completion", "answered by"]
        rows = _rows_of(findings.table, slide)
        told = [origin_of(row).text if row["completion"] else "" for row in rows.to_dict("records")]
        st.dataframe(cells(rows.assign(**{"answered by": told})[columns]), hide_index=True)
    origin = (
        f"Evaluation {replay.job} · probe {replay.probe.id}, {replay.probe.sha256[:12]} · recorded "
        f"{replay.recorded_at} with code {replay.code_version}"
    )
    intervals = "95 % intervals: bootstrap over pairs for contrasts, over questions for rates"
    st.caption(f"{plain(origin)} · {intervals}")
