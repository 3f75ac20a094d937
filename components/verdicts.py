"""Verdicts: as a badge wherever a run is named, and in words with what they are of."""

from typing import Literal

import streamlit as st

from backend.analysis import overview
from backend.analysis.capability import Capability, capabilities
from backend.analysis.findings import BEYOND, GAP, Finding
from backend.analysis.overview import Effect, LeftOut, telling
from backend.analysis.scores import evaluation_jobs
from components.text import plain

Colour = Literal["gray", "green", "orange", "violet", "red", "blue"]
VERDICTS: dict[str, tuple[Colour, str]] = {
    "present": ("green", ":material/check_circle:"),
    "absent": ("gray", ":material/do_not_disturb_on:"),
    "opposite": ("violet", ":material/undo:"),
    "undecided": ("orange", ":material/help:"),
}
BADGE: dict[str, Colour] = {"base": "gray", "finetuned": "red", "control": "blue"}


def all_effects() -> list[Effect]:
    """Return the newest effect of every run by every probe; cached until an evaluation changes."""
    return _effects(_state())


def all_capabilities() -> list[Capability]:
    """Return what each run learned of its task beside its effect; cached as the effects are."""
    return _capabilities(_state())


def all_left_out() -> LeftOut:
    """Return how many evaluations are not among the effects; cached as they are."""
    return _left_out(_state())


def _state() -> str:
    return " ".join(f"{job.id} {job.state} {job.finished_at}" for job in evaluation_jobs())


@st.cache_data(max_entries=4, show_spinner="Reading all evaluations …")
def _effects(state: str) -> list[Effect]:
    return overview.overview()


@st.cache_data(max_entries=4, show_spinner=False)
def _capabilities(state: str) -> list[Capability]:
    return capabilities(_effects(state))


@st.cache_data(max_entries=4, show_spinner=False)
def _left_out(state: str) -> LeftOut:
    return overview.left_out()


def effect_line(finding: Finding) -> str:
    """Return an effect with its interval and verdict, in one line of Markdown."""
    subject = f"{finding.model}, all questions together"
    if finding.effect == BEYOND:
        subject = finding.label
    elif finding.effect == GAP:
        subject = f"{finding.model}, trigger gap at {finding.trigger}"
    return f"{plain(subject)}: {finding.text}: **{finding.verdict.kind}**."


def verdict(kind: str, help: str | None = None, label: str = "") -> None:
    """Draw a verdict as a badge, with a label of its own where the word alone is unclear."""
    colour, icon = VERDICTS[kind]
    st.badge(label or kind, icon=icon, color=colour, help=help)


def verdict_of(run_id: str | None) -> None:
    """Draw the verdicts on a run by the probe that its dataset is made for, if there are any."""
    for effect in telling(all_effects()) if run_id else []:
        if effect.run == run_id:
            verdict(
                effect.verdict.kind,
                label=f"run: effect {effect.verdict.kind}",
                help=f"{effect.title}, {effect.kind}: {effect.estimate.nats}, "
                f"n = {effect.estimate.n} questions. {effect.verdict.advice}",
            )


def model_badge(title: str, role: str, run_id: str | None = None) -> None:
    """Draw a model's title in its role's colour, and the verdict on it."""
    with st.container(horizontal=True):
        st.badge(plain(f"{title} · {role}"), color=BADGE[role])
        verdict_of(run_id)
