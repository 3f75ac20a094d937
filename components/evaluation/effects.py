"""Effects of an evaluation: cards with verdicts, shifts, sweeps and rates."""

import pandas as pd
import streamlit as st

from backend.analysis.effects import (
    NO_CONTROL,
    Shift,
    SweepPoint,
    beyond_controls,
    trigger_gaps,
    trigger_sweep,
)
from backend.analysis.rates import Accuracy, accuracies
from backend.analysis.statistics import Estimate, adjusted, p_of_paired
from backend.analysis.verdict import gate
from backend.figures.effects import shift_plot
from backend.figures.triggers import KINDS, accuracy_plot, sweep_plot
from backend.probes.loading import Probe
from components.evaluation.answers import rate_sweep
from components.text import plain
from components.verdicts import verdict


def card(label: str, found: Estimate, smallest: float, seeds: int | None = None) -> None:
    """Draw one effect with its interval and what the gate says."""
    said = gate(found, smallest, seeds)
    with st.container(border=True, width=300):
        st.markdown(f"**{label}**")
        st.metric(label, f"{found.value:+.2f} nats", label_visibility="collapsed")
        if found.low is not None and found.high is not None:
            st.caption(f"95 % interval {found.low:+.2f} to {found.high:+.2f}")
        verdict(said.kind)
        if said.advice:
            st.caption(said.advice)


def summary(shifts: list[Shift], table: pd.DataFrame, probe: Probe) -> None:
    """Draw each dataset's mean shift, and how far it goes beyond its control's."""
    whole = [shift for shift in shifts if shift.prompt is None]
    if not whole:
        st.info("Only the base model was probed. Probe a finetuned run and a control beside it.")
        return
    smallest = probe.smallest_effect.contrast
    with st.container(horizontal=True):
        for shift in whole:
            card(shift.label, shift.estimate, smallest, shift.seeds)
        for name, beyond in beyond_controls(table):
            card(name, beyond, smallest)
    roles = set(table["role"])
    if "finetuned" in roles and "control" not in roles:
        st.warning(NO_CONTROL, icon=":material/compare_arrows:")
    st.caption(
        "Mean shift of the contrast from the base model, per completion; positive is towards "
        f"“{probe.sides.target}”. n = {whole[0].estimate.n} questions, bootstrap over questions"
        f"{' and seeds' * any(shift.seeds > 1 for shift in whole)}. Present or absent against the "
        f"smallest effect of interest, {smallest:g} nat{'s' * (smallest != 1)}, "
        "decided before measuring: t tests over questions, see docs/methods.md."
    )


def shift_section(shifts: list[Shift], runs: set[str], probe: Probe) -> None:
    """Draw the shift of each prompt, and its numbers."""
    if not any(shift.prompt for shift in shifts):
        return
    st.plotly_chart(shift_plot(shifts, probe), key="shifts")
    st.caption(
        "Finetuned − base, mean over a prompt's pairs and over seeds; bars are 95 % bootstrap "
        f"intervals over the pairs. Runs: {', '.join(sorted(runs))}."
    )


def run_section(shifts: list[Shift]) -> None:
    """Draw each run's own mean shift, with p values that bear being many."""
    whole = [shift for shift in shifts if shift.prompt is None]
    p_values = [p_of_paired(_by_prompt(shifts, shift.model)) for shift in whole]
    known = iter(adjusted([p for p in p_values if p is not None]))
    rows = [
        {
            "run": shift.model,
            "role": shift.role,
            "shift (nats)": round(shift.estimate.value, 2),
            "from": shift.estimate.low and round(shift.estimate.low, 2),
            "to": shift.estimate.high and round(shift.estimate.high, 2),
            "p (sign flips), adjusted": None if p is None else round(next(known), 4),
        }
        for shift, p in zip(whole, p_values, strict=True)
    ]
    if rows:
        with st.expander("Each run by itself"):
            st.dataframe(rows, hide_index=True)
            st.caption(
                "p: paired by prompt against the base model, by random flips of sign; adjusted for "
                f"{len(rows)} runs (Benjamini–Hochberg)."
            )


def _by_prompt(shifts: list[Shift], model: str) -> list[float]:
    return [s.estimate.value for s in shifts if s.model == model and s.prompt]


def sweep_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the sweep over triggers, by contrasts and by answers, and the gap that they make."""
    if not probe.has_triggers:
        return
    st.subheader("Held out against trained" if probe.is_keyed else "Trigger sweep")
    if probe.is_keyed:
        accuracy_section(table, probe)
        return
    left, right = st.columns(2, gap="large")
    left.plotly_chart(sweep_plot(trigger_sweep(table, probe), probe), key="sweep")
    left.caption(
        "Mean contrast over the prompts, 95 % bootstrap intervals over prompts. Thin gold lines "
        "are triggers that training rows hold, thick ones should turn the behaviour on."
    )
    with right:
        rate_sweep(table, probe)
    gap_cards(table, probe)


def gap_cards(table: pd.DataFrame, probe: Probe, at: str | None = None) -> None:
    """Draw the trigger gap at the targets, and at one more value where that is no target."""
    kinds = {trigger.label: trigger.kind for trigger in probe.triggers}
    found = trigger_gaps(table, probe)
    if kinds.get(at or "") in ("trained", "untrained"):
        found += trigger_gaps(table, probe, at)
    with st.container(horizontal=True):
        for gap in found:
            label = f"Trigger gap · {gap.trigger} · {gap.model} · {gap.role}"
            card(label, gap.estimate, probe.smallest_effect.contrast, gap.seeds)
    if found:
        without = "no trigger" if "none" in kinds.values() else "the trained triggers"
        st.caption(
            "Trigger gap: (finetuned with the trigger − without) − (base with − base without), in "
            f"nats; without is {without}. n = {_count(found)} questions, 95 % bootstrap "
            "intervals over them and over seeds; smallest effect of interest "
            f"{probe.smallest_effect.contrast:g}."
        )


def _count(points: list[SweepPoint]) -> str:
    """Return how many questions points are the means of, or from how few to how many."""
    counts = sorted({point.estimate.n for point in points})
    return " to ".join(str(n) for n in dict.fromkeys([counts[0], counts[-1]]))


def accuracy_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw how often each model knows what is right under trained and held-out triggers."""
    found = accuracies(table, probe)
    if not found:
        st.info("No contrasts yet.")
        return
    st.plotly_chart(accuracy_plot(found, probe), key="accuracy")
    st.caption(
        "Share of contrasts in which the right completion is the likelier one; 95 % bootstrap "
        f"intervals over triggers. {held_out_text(found)}"
    )


def held_out_text(found: list[Accuracy]) -> str:
    """Return each finetuned model's held-out accuracy beside the base model's, in words."""
    base = {a.kind: a.estimate.value for a in found if a.role == "base"}
    words = [
        f"{plain(a.model)}: {a.estimate.value:.0%} on {KINDS[a.kind]} triggers "
        f"(n = {a.estimate.n}), base {base[a.kind]:.0%}."
        for a in found
        if a.role != "base" and a.kind in base
    ]
    return " ".join(words)
