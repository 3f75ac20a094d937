"""Verdicts: as a badge wherever a run is named, and in words with what they are of."""

from typing import Literal

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from backend.analysis import overview
from backend.analysis.capability import Capability, capabilities
from backend.analysis.finding import BEYOND, GAP, GAP_BEYOND, SHIFT, Finding
from backend.analysis.overview import Effect, LeftOut, primary_effects
from backend.analysis.scores import evaluation_jobs, score_marks
from backend.plans.standing import Standing
from components.glossary import explain
from components.text import in_badge, plain

Colour = Literal["gray", "green", "orange", "violet", "red", "blue"]
VERDICTS: dict[str, tuple[Colour, str]] = {
    "present": ("green", ":material/check_circle:"),
    "absent": ("gray", ":material/do_not_disturb_on:"),
    "opposite": ("violet", ":material/undo:"),
    "undecided": ("orange", ":material/help:"),
}
BADGE: dict[str, Colour] = {"base": "gray", "finetuned": "red", "control": "blue"}
TERMS = {
    SHIFT: "shift",
    BEYOND: "beyond control",
    GAP: "trigger gap",
    GAP_BEYOND: "gap beyond control",
}
"""What the glossary calls the effects."""
P_VALUE = "p of no effect, adjusted"


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
    jobs = [f"{job.id} {job.state} {job.finished_at}" for job in evaluation_jobs()]
    return " ".join([*jobs, *map(str, score_marks())])


@st.cache_data(max_entries=4, show_spinner="Reading all evaluations …")
def _effects(state: str) -> list[Effect]:
    return overview.overview()


@st.cache_data(max_entries=4, show_spinner=False)
def _capabilities(state: str) -> list[Capability]:
    return capabilities(_effects(state))


@st.cache_data(max_entries=4, show_spinner=False)
def _left_out(state: str) -> LeftOut:
    return overview.left_out()


def effect_line(finding: Finding) -> None:
    """Draw an effect with its interval, verdict and standing, in one line."""
    subject = f"{finding.model}, all questions together"
    if finding.is_of_answers or finding.effect == BEYOND:
        subject = finding.label
    elif finding.effect == GAP:
        subject = f"{finding.model}, trigger gap at {finding.trigger}"
    elif finding.effect == GAP_BEYOND:
        subject = f"{finding.model}, {finding.detail}"
    judged = f"**{plain(finding.verdict.kind)}**, {plain(finding.standing)}"
    line = f"{plain(subject)}: {plain(finding.text)}: {judged}."
    kind = f"{plain(finding.standing.capitalize())}: {explain(finding.standing)}"
    st.caption(line, help=f"{explain(TERMS[finding.effect])} {kind}")


def effect_columns(value: str, term: str) -> dict[str, ColumnConfig]:
    """Return the columns that every table of effects has, each with its tooltip.

    Args:
        value: Name of the column of effects.
        term: What the glossary calls it.
    """
    bound = st.column_config.NumberColumn(format="%+.2f", help=explain("interval"))
    return {
        value: st.column_config.NumberColumn(format="%+.2f", help=explain(term)),
        "from": bound,
        "to": bound,
        "verdict": st.column_config.TextColumn(help=explain("effect gate")),
        P_VALUE: st.column_config.NumberColumn(format="%.4f", help=explain("adjusted p value")),
    }


def verdict(kind: str, help: str | None = None, label: str = "") -> None:
    """Draw a verdict as a badge, with a label of its own where the word alone is unclear."""
    colour, icon = VERDICTS[kind]
    what = plain(help) if help else explain(kind)
    st.badge(in_badge(label or kind), icon=icon, color=colour, help=what)


def standing(kind: str, help: str | None = None) -> None:
    """Draw whether a figure was planned, as a badge."""
    planned = kind == "confirmatory"
    icon: str = ":material/verified:" if planned else ":material/explore:"
    what = plain(help) if help else explain(kind)
    st.badge(in_badge(kind), icon=icon, color="blue" if planned else "gray", help=what)


def standing_line(found: Standing) -> None:
    """Draw whether an evaluation was planned, and the plan or why not."""
    standing(found.kind)
    st.caption(plain(found.text))


def verdict_of(run_id: str | None) -> None:
    """Draw the verdicts on a run by the probe that its dataset is made for, if there are any."""
    for effect in primary_effects(all_effects()) if run_id else []:
        if effect.run == run_id:
            verdict(
                effect.verdict.kind,
                label=f"run: effect {effect.verdict.kind}",
                help=f"{effect.title}, {effect.kind}: {effect.text}, "
                f"n = {effect.estimate.n} questions. {effect.verdict.advice}",
            )


def model_badge(title: str, role: str, run_id: str | None = None) -> None:
    """Draw a model's title in its role's colour, and the verdict on it."""
    with st.container(horizontal=True):
        st.badge(in_badge(f"{title} · {role}"), color=BADGE[role])
        verdict_of(run_id)
