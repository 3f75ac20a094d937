"""The guided demo's recordings: what was measured before, and whether it is an effect."""

import streamlit as st

from backend.analysis.findings import Findings
from backend.chat.origin import origin_of as answer_origin
from backend.exports.replays import Replay
from backend.exports.screening import screened, screening_note
from backend.figures.effects import shift_plot
from backend.figures.triggers import gap_plot, sweep_plot
from backend.probes.loading import Prompt
from components.figures import plot
from components.glossary import explain
from components.origin import origin_line
from components.passage import passage
from components.text import cells, plain
from components.verdicts import effect_columns, effect_line


def recorded_badge() -> None:
    """Draw that what follows was measured before."""
    note = explain("recording")
    st.badge("recorded, not computed now", icon=":material/history:", color="gray", help=note)


def recorded(replay: Replay, findings: Findings, prompt: Prompt) -> None:
    """Draw what was measured when the adapters were made, and the recorded answers to a prompt."""
    with st.expander("How do we know? The recorded measurement", icon=":material/verified:"):
        recorded_badge()
        plot(shift_plot(findings.shifts, replay.probe), "guide-recorded")
        for finding in findings.effects:
            effect_line(finding)
        table = findings.table
        answers = table[(table["prompt"] == prompt.id) & table["completion"].notna()]
        for number, row in enumerate(answers.to_dict("records")):
            st.caption(plain(f"{row['model']}, recorded answer to this question:"))
            passage(screened(row["completion"]), f"recorded-{number}")
            origin_line(answer_origin(row))
        st.caption(plain(screening_note(table["completion"].dropna().unique())))
        st.caption(
            "Finetuned − base, mean over each question's pairs; bars are 95 % bootstrap intervals. "
            f"{origin_of(replay)}"
        )


def origin_of(replay: Replay) -> str:
    """Return when and by which code a replay was recorded."""
    return plain(f"Recorded {replay.recorded_at}, code {replay.code_version}.")


def swept(name: str, replay: Replay, findings: Findings) -> None:
    """Draw a recorded sweep and whether its trigger gap is an effect.

    Args:
        name: The recording's.
        replay: What was recorded.
        findings: What it says.
    """
    probe = replay.probe
    recorded_badge()
    if probe.content_note:
        st.caption(plain(probe.content_note))
    left, right = st.columns(2, gap="large")
    with left:
        plot(sweep_plot(findings.sweep, probe), f"guide-{name}")
    with right:
        plot(gap_plot(findings.gaps_everywhere, probe), f"guide-gap-{name}")
    rows = [
        {
            "model": gap.model,
            "role": gap.role,
            "trigger": gap.trigger,
            "effect": gap.effect,
            "gap (nats)": gap.estimate.value,
            "from": gap.estimate.low,
            "to": gap.estimate.high,
            "verdict": gap.verdict.kind,
            "questions": gap.estimate.n,
            "seeds": "" if gap.seeds is None else str(gap.seeds),
        }
        for gap in findings.gaps
    ]
    columns = effect_columns("gap (nats)", "trigger gap")
    st.dataframe(cells(rows), hide_index=True, column_config=columns, key=f"guide-gaps-{name}")
    st.caption(
        f"On {plain(replay.subjects[0].title)}. The trigger gap is what the trigger does beyond "
        "what it does to the base model, with its 95 % interval; the grey band is the smallest "
        f"effect of interest, {probe.smallest_effect.contrast:.1f} nats. "
        f"{origin_of(replay)}",
        help=explain("nats"),
    )
