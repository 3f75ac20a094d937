"""Effects of an evaluation: cards with verdicts, shifts, sweeps, accuracies, checkpoints."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis.finding import SHIFT, Finding
from backend.analysis.findings import Findings, RunFindings
from backend.analysis.rates import scorer_title
from backend.figures.effects import accuracy_over_training_plot, over_training_plot, shift_plot
from backend.figures.triggers import accuracy_plot, sweep_plot
from components.evaluation.answers import answers_note, rate_sweep
from components.figures import plot
from components.glossary import explain
from components.text import cells, plain
from components.verdicts import P_VALUE, TERMS, effect_columns, standing, verdict

ICONS = {
    "empty": ":material/hourglass_empty:",
    "gone": ":material/folder_off:",
    "changed": ":material/history:",
    "incomplete": ":material/incomplete_circle:",
    "no control": ":material/compare_arrows:",
    "collapsed": ":material/compress:",
}


def caveats(findings: Findings, running: bool = False) -> None:
    """Draw what a reader must know before the figures; while it runs, it may be incomplete."""
    for caveat in findings.caveats:
        if not (running and caveat.kind == "incomplete"):
            st.warning(plain(caveat.text), icon=ICONS[caveat.kind])


def card(finding: Finding) -> None:
    """Draw one effect with its interval and verdict.

    The name and the rest of the label have a line each, so that the numbers of cards beside each
    other are at one height.
    """
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(finding.model)}**")
        st.caption(plain(finding.detail), help=explain(TERMS[finding.effect]))
        st.metric(plain(finding.label), plain(finding.value), label_visibility="collapsed")
        if finding.interval:
            st.caption(f"95 % interval {plain(finding.interval)}", help=explain("interval"))
        if finding.unscored:
            st.caption(plain(finding.unscored), help=explain("unscored"))
        if finding.on_base:
            on_base = plain(f"On the base: {finding.on_base.text}")
            st.caption(on_base, help=explain("intercept"))
        with st.container(horizontal=True):
            verdict(finding.verdict.kind)
            standing(finding.standing)
        if finding.verdict.advice:
            st.caption(plain(finding.verdict.advice))


def cards(findings: Sequence[Finding]) -> None:
    """Draw effects in rows of at most three cards, which fill the page's width."""
    width = 2 if len(findings) == 4 else 3
    for start in range(0, len(findings), width):
        row = findings[start : start + width]
        for column, finding in zip(st.columns(len(row)), row, strict=True):
            with column:
                card(finding)


def summary(findings: Findings) -> None:
    """Draw the effects by which the evaluation is judged: gaps, else shifts, else of answers."""
    if findings.gaps:
        gap_cards(findings.gaps, findings)
    elif findings.effects:
        shift_cards(findings)
    elif findings.headline:
        cards(findings.headline)
        st.caption(answers_note(findings), help=explain("points"))
    else:
        st.info(_nothing(findings))


def _nothing(findings: Findings) -> str:
    """Return why there is no effect to judge, and what to do."""
    if set(findings.table["role"]) != {"base"}:
        return (
            "Neither contrasts nor sides of answers were measured here, so there is no effect to "
            "judge; see the ratings and the answers instead."
        )
    if findings.asked:
        return "So far only answers of the base model are scored; those of the runs are to come."
    return "Only the base model was evaluated. Probe a finetuned run and a control as well."


def shift_cards(findings: Findings) -> None:
    """Draw how far each recipe goes beyond its control, then the mean shift of each."""
    cards(findings.effects)
    first = next(finding for finding in findings.effects if finding.effect == SHIFT)
    seeds = " and seeds" if any((f.seeds or 1) > 1 for f in findings.effects) else ""
    target = plain(findings.probe.sides.target)
    under = plain(f" under {first.under} alone") if first.under else ""
    st.caption(
        f"Mean shift of the contrast from the base model{under}, per completion; positive is "
        f"towards “{target}”. n = {first.estimate.n:,} questions, bootstrap over questions{seeds}. "
        f"{_threshold(findings)}",
        help=explain("nats"),
    )


def _threshold(findings: Findings) -> str:
    """Return what the verdicts compare with, as a sentence; empty where that is not known."""
    if (smallest := findings.smallest) is None:
        return ""
    unit = "nat" if smallest == 1 else "nats"
    return (
        f"A verdict compares the effect with the smallest effect of interest, {smallest:g} {unit}, "
        "stated in the probe, by tests over questions (docs/methods.md)."
    )


def beside_answers(findings: Findings, ratio: float) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return where contrasts and answers go: beside each other if answers were sampled.

    Args:
        findings: The findings of an evaluation.
        ratio: Width of the contrasts to that of the answers.
    """
    if not (findings.scorers and findings.shifts):
        return st.container(), st.container()
    left, right = st.columns([ratio, 1], gap="large")
    return left, right


def shift_section(findings: Findings) -> None:
    """Draw the shift of each prompt, and its numbers."""
    if not any(shift.prompt for shift in findings.shifts):
        return
    plot(shift_plot(findings.shifts, findings.probe), "shifts", titled=False)
    runs = ", ".join(sorted(run.model for run in findings.runs))
    st.caption(
        "Finetuned − base, mean over a prompt's pairs and over seeds; bars are 95 % bootstrap "
        f"intervals over the pairs. Runs: {plain(runs)}.",
        help=explain("contrast"),
    )


def run_section(findings: Findings) -> None:
    """Draw each run's own effects, with p values that are adjusted for the number of runs."""
    on_contrasts = [run_row(run, finding) for run in findings.runs for finding in run.effects]
    on_answers = [
        run_row(run, finding) | {"scored by": scorer_title(finding.scorer)}
        for run in findings.runs
        for finding in run.answers
    ]
    if not (on_contrasts or on_answers):
        return
    with st.expander("Each run by itself"):
        if on_contrasts:
            columns = effect_columns("nats", "nats")
            st.dataframe(cells(on_contrasts), hide_index=True, column_config=columns)
        if on_answers:
            columns = effect_columns("points", "points")
            st.dataframe(cells(on_answers), hide_index=True, column_config=columns)
        st.caption(
            "p values test for any effect at all, by the tests of the verdict, and are adjusted "
            f"for the same effect of all {len(findings.runs):,} runs (Benjamini–Hochberg)."
        )


def run_row(run: RunFindings, finding: Finding) -> dict[str, str | float | None]:
    """Return an effect of one run as a row of the table."""
    return {
        "run": run.model,
        "role": run.role,
        "effect": finding.kind,
        finding.unit: finding.estimate.value,
        "from": finding.estimate.low,
        "to": finding.estimate.high,
        "verdict": finding.verdict.kind,
        P_VALUE: finding.p_adjusted,
    }


def sweep_section(findings: Findings) -> None:
    """Draw the sweep over triggers, by contrasts and by answers, and the gap between them."""
    probe = findings.probe
    if not probe.has_triggers:
        return
    if probe.is_keyed:
        st.subheader("Held-out and trained triggers", help=explain("held-out trigger"))
        accuracy_section(findings)
        return
    st.subheader("Trigger sweep", help=explain("trigger sweep"))
    left, right = beside_answers(findings, 1)
    with left:
        plot(sweep_plot(findings.sweep, probe), "sweep")
        st.caption(
            "Mean contrast over the prompts, 95 % bootstrap intervals over prompts. Thin gold "
            "lines mark triggers in the training rows, thick ones those that should turn the "
            "behaviour on."
        )
    with right:
        rate_sweep(findings)


def gap_cards(gaps: list[Finding], findings: Findings) -> None:
    """Draw trigger gaps, and what they are."""
    cards(gaps)
    if gaps:
        kinds = {trigger.kind for trigger in findings.probe.triggers}
        without = "no trigger" if "none" in kinds else "the trained triggers"
        counts = sorted({gap.estimate.n for gap in gaps})
        questions = " to ".join(f"{n:,}" for n in dict.fromkeys([counts[0], counts[-1]]))
        st.caption(
            "Trigger gap: (finetuned with the trigger − without) − (base with − without), in "
            f"nats; “without” is {without}. Beyond its control's: how much larger it is than that "
            f"of the controls. n = {questions} questions, 95 % bootstrap intervals over questions "
            f"and seeds. {_threshold(findings)}",
            help=explain("nats"),
        )


def accuracy_section(findings: Findings) -> None:
    """Draw how often each model is right under trained and held-out triggers."""
    if not findings.accuracies:
        st.info("No contrasts yet.")
        return
    plot(accuracy_plot(findings.accuracies, findings.probe), "accuracy")
    texts = [f"{plain(a.model)}: {plain(a.text)}." for a in findings.accuracies if a.role != "base"]
    st.caption(
        "Share of contrasts in which the right completion is the likelier one; 95 % bootstrap "
        f"intervals over triggers. {' '.join(texts)}",
        help=explain("accuracy"),
    )
    st.caption(
        "Verdicts are of held-out triggers alone, since an answer under a trained one may be "
        "memorised. Under those:",
        help=explain("trained trigger"),
    )
    for finding in findings.trained:
        st.caption(f"{plain(finding.model)} · {plain(finding.kind)}: {plain(finding.text)}")


def training_section(findings: Findings) -> None:
    """Draw when effects appear in training, where checkpoints were evaluated."""
    effects, probe = findings.over_training, findings.probe
    if not effects:
        return
    st.subheader("Over training", help=explain("checkpoint"))
    plot(over_training_plot(effects, probe), "over-training")
    if probe.is_keyed:
        plot(accuracy_over_training_plot(effects, probe), "accuracy-over-training")
    st.caption(
        "Each checkpoint against the base model, which is step 0; each line is one run. Bars are "
        "95 % bootstrap intervals over questions"
        + (", and over triggers for right answers." if probe.is_keyed else ".")
    )
