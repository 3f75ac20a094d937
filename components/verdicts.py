"""Verdicts: as a badge wherever a run is named, and in words with what they are of."""

import pandas as pd
import streamlit as st

from backend.analysis import overview
from backend.analysis.capability import Capability, capabilities
from backend.analysis.effects import Shift, beyond_controls
from backend.analysis.overview import Effect, LeftOut, telling
from backend.analysis.scores import evaluation_jobs
from backend.analysis.statistics import Estimate
from backend.analysis.verdict import gate
from backend.probes.loading import Probe
from components.text import plain

VERDICTS = {
    "present": ("green", ":material/check_circle:"),
    "absent": ("gray", ":material/do_not_disturb_on:"),
    "opposite": ("violet", ":material/undo:"),
    "undecided": ("orange", ":material/help:"),
}

BADGE = {"base": "gray", "finetuned": "red", "control": "blue"}


def all_effects() -> list[Effect]:
    """Return the newest effect of every run by every probe; kept until an evaluation changes."""
    return _effects(_state())


def all_capabilities() -> list[Capability]:
    """Return what each run learned of its task beside its effect; kept as the effects are."""
    return _capabilities(_state())


def _state() -> str:
    return " ".join(f"{job.id} {job.state} {job.finished_at}" for job in evaluation_jobs())


@st.cache_data(max_entries=4, show_spinner=False)
def _capabilities(state: str) -> list[Capability]:
    return capabilities(_effects(state))


@st.cache_data(max_entries=4, show_spinner="Reading all evaluations …")
def _effects(state: str) -> list[Effect]:
    return overview.overview()


def all_left_out() -> LeftOut:
    """Return how many evaluations are not among the effects; kept as they are."""
    return _left_out(_state())


@st.cache_data(max_entries=4, show_spinner=False)
def _left_out(state: str) -> LeftOut:
    return overview.left_out()


def told(found: Estimate, probe: Probe, seeds: int | None = None) -> str:
    """Return an effect with its interval and verdict in words."""
    verdict = gate(found, probe.smallest_effect.contrast, seeds).kind
    interval = f" ({found.low:+.2f} to {found.high:+.2f})" if found.low is not None else ""
    counted = f", seeds: {seeds}" if seeds else ""
    return f"{found.value:+.2f} nats{interval}{counted}: **{verdict}**."


def say_shifts(shifts: list[Shift], table: pd.DataFrame, probe: Probe) -> None:
    """Say each dataset's mean shift, and how far it goes beyond its control's.

    Args:
        shifts: Those of the table.
        table: As `results.scores_table` returns it.
        probe: The one that was asked.
    """
    for shift in shifts:
        if shift.prompt is None:
            said = told(shift.estimate, probe, shift.seeds)
            st.caption(f"{plain(shift.model)}, all questions together: {said}")
    for name, beyond in beyond_controls(table):
        st.caption(f"{plain(name)}: {told(beyond, probe)}")


def verdict(kind: str, help: str | None = None, label: str = "") -> None:
    """Draw a verdict, in other words where it stands beside what it is not about."""
    colour, icon = VERDICTS[kind]
    st.badge(label or kind, icon=icon, color=colour, help=help)


def verdict_of(run_id: str | None) -> None:
    """Draw what was found of a run by the probe that its dataset is made for, if it was asked."""
    for effect in telling(all_effects()) if run_id else []:
        if effect.run == run_id:
            e = effect.estimate
            interval = f" ({e.low:+.2f} to {e.high:+.2f})" if e.low is not None else ""
            verdict(
                effect.verdict.kind,
                label=f"run: effect {effect.verdict.kind}",
                help=f"{effect.title}, {effect.kind}: {e.value:+.2f} nats{interval}, "
                f"n = {e.n} questions. {effect.verdict.advice}",
            )


def model_badge(title: str, role: str, run_id: str | None = None) -> None:
    """Draw what a model is called, in its role's colour, and the verdict on it."""
    with st.container(horizontal=True):
        st.badge(plain(f"{title} · {role}"), color=BADGE[role])
        verdict_of(run_id)
