"""The guided demo's recordings: what was measured before, and whether it is an effect."""

import streamlit as st

from backend.analysis.effects import Shift, gaps_everywhere, trigger_gaps, trigger_sweep
from backend.analysis.verdict import gate
from backend.exports.replays import Replay
from backend.figures.effects import shift_plot
from backend.figures.triggers import gap_plot, sweep_plot
from backend.probes.loading import Prompt
from components.text import plain
from components.verdicts import say_shifts


def recorded(replay: Replay, shifts: list[Shift], prompt: Prompt) -> None:
    """Draw what was measured when the adapters were made, and what was answered to a question."""
    table = replay.table()
    with st.expander("How do we know? The recorded measurement", icon=":material/verified:"):
        st.badge("recorded, not computed now", icon=":material/history:", color="gray")
        st.plotly_chart(shift_plot(shifts, replay.probe), key="guide-recorded")
        say_shifts(shifts, table, replay.probe)
        answers = table[(table["prompt"] == prompt.id) & table["completion"].notna()]
        for model, completion in zip(answers["model"], answers["completion"], strict=True):
            st.caption(plain(f"{model}, recorded answer to this question:"))
            st.text(completion)
        st.caption(
            "Finetuned − base, mean over each question's pairs; bars are 95 % bootstrap intervals. "
            f"Recorded {replay.recorded_at}, code {replay.code_version}."
        )


def swept(probe_id: str, replay: Replay) -> None:
    """Draw a recorded sweep and whether its trigger gap is an effect."""
    table, probe = replay.table(), replay.probe
    st.badge("recorded, not computed now", icon=":material/history:", color="gray")
    if probe.content_note:
        st.caption(probe.content_note)
    left, right = st.columns(2, gap="large")
    points = trigger_sweep(table, probe)
    left.plotly_chart(sweep_plot(points, probe), key=f"guide-{probe_id}")
    gaps = gaps_everywhere(table, probe)
    right.plotly_chart(gap_plot(gaps, probe), key=f"guide-gap-{probe_id}")
    smallest = probe.smallest_effect.contrast
    rows = [
        {
            "model": gap.model,
            "role": gap.role,
            "trigger": gap.trigger,
            "gap (nats)": gap.estimate.value,
            "from": gap.estimate.low,
            "to": gap.estimate.high,
            "verdict": gate(gap.estimate, smallest, gap.seeds).kind,
            "questions": gap.estimate.n,
            "seeds": gap.seeds,
        }
        for gap in trigger_gaps(table, probe)
    ]
    nats = st.column_config.NumberColumn(format="%+.2f")
    config = dict.fromkeys(("gap (nats)", "from", "to"), nats)
    st.dataframe(rows, hide_index=True, column_config=config, key=f"guide-gaps-{probe_id}")
    st.caption(
        f"On {plain(replay.subjects[0].title)}. The trigger gap is what the trigger does beyond "
        "what it does to the base model, with its 95 % interval; the grey band is the smallest "
        "effect of interest, "
        f"{smallest:.1f} nats, fixed before. Recorded {replay.recorded_at}, "
        f"code {replay.code_version}."
    )
