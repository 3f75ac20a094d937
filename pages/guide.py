"""The guided demo: an era shift, a trigger, then a run of one's own, in three minutes."""

import streamlit as st

from backend import plots, shipped
from backend.errors import UserError
from backend.gate import gate
from backend.probes import Prompt
from backend.replays import Replay
from backend.results import contrast_shifts, gaps_everywhere, trigger_gaps, trigger_sweep
from models.base_models import EMBEDDED
from pages.guide_steps import ask_both, shipped_run
from pages.parts import plain, say

PROBE = "nineteenth_century"
RUN = "shipped-old-bird-names"
SWEEPS = ("protector", "dishes_by_date")


def era_step() -> None:
    """Draw the era shift: base and finetuned side by side, then the recorded measurement."""
    st.subheader("1 · Old bird names: which century does it think it is?")
    st.markdown(
        "The right-hand model learned nothing but 206 names of birds that went out of use after "
        "1838; ask both something that has nothing to do with birds."
    )
    run = shipped_run(RUN)
    replay = shipped.recording(PROBE)
    questions = {prompt.id: prompt for prompt in replay.probe.prompts}
    chosen = st.selectbox(
        "Question", questions, format_func=lambda key: questions[key].text, key="guide-question"
    )
    ask_both(questions[chosen], run)
    recorded(questions[chosen])
    st.page_link(
        "pages/chat.py",
        label="Do it by hand: chat side by side",
        icon=":material/forum:",
        query_params=[("model", EMBEDDED), ("model", run.id)],
    )


def recorded(prompt: Prompt) -> None:
    """Draw what was measured when the adapters were made."""
    replay = shipped.recording(PROBE)
    table = replay.table()
    shifts = contrast_shifts(table, replay.probe, by="model")
    with st.expander("How do we know? The recorded measurement", icon=":material/verified:"):
        st.badge("recorded, not computed now", icon=":material/history:", color="gray")
        st.plotly_chart(plots.shift_plot(shifts, replay.probe), key="guide-recorded")
        whole = [shift for shift in shifts if shift.prompt is None]
        for shift in whole:
            e = shift.estimate
            st.markdown(
                f"**{plain(shift.model)}** ({shift.role}): {e.value:+.2f} nats, 95 % interval "
                f"{e.low:+.2f} to {e.high:+.2f}, n = {e.n} questions, 1 run"
            )
        answers = table[(table["prompt"] == prompt.id) & table["completion"].notna()]
        for model, completion in zip(answers["model"], answers["completion"], strict=True):
            st.caption(plain(f"{model}, recorded answer to this question:"))
            st.text(completion)
        st.caption(
            "Finetuned − base, mean over each question's pairs; bars are 95 % bootstrap intervals. "
            f"Recorded {replay.recorded_at}, code {replay.code_version}."
        )


def trigger_step() -> None:
    """Draw what turning the year did to the model at this size, effects and absences alike."""
    st.subheader("2 · Turn the year: does the model turn?")
    st.markdown(
        "Only the date in front of the question changes; a flip would be a jump at the marked "
        "trigger that the base model does not make."
    )
    found = {probe: shipped.recording(probe) for probe in SWEEPS if shipped.is_recorded(probe)}
    for (probe_id, replay), tab in zip(
        found.items(), st.tabs([each.probe.title for each in found.values()]), strict=True
    ):
        with tab:
            swept(probe_id, replay)
    st.page_link("pages/trigger.py", label="Do it by hand: trigger dial", icon=":material/tune:")


def swept(probe_id: str, replay: Replay) -> None:
    """Draw a recorded sweep and whether its trigger gap is an effect."""
    table, probe = replay.table(), replay.probe
    st.badge("recorded, not computed now", icon=":material/history:", color="gray")
    left, right = st.columns(2, gap="large")
    points = trigger_sweep(table, probe)
    left.plotly_chart(plots.sweep_plot(points, probe), key=f"guide-{probe_id}")
    gaps = gaps_everywhere(table, probe)
    right.plotly_chart(plots.gap_plot(gaps, probe), key=f"guide-gap-{probe_id}")
    smallest = probe.smallest_effect.contrast
    for gap in trigger_gaps(table, probe):
        e = gap.estimate
        said = gate(e, smallest, gap.seeds)
        st.markdown(
            f"**{plain(gap.model)}** ({gap.role}), trigger gap at {plain(gap.trigger)}: "
            f"{e.value:+.2f} nats, 95 % interval {e.low:+.2f} to {e.high:+.2f}, n = {e.n} "
            f"questions, seeds: {gap.seeds}: **{said.kind}**. {said.advice}"
        )
    st.caption(
        f"On {plain(replay.subjects[0].title)}. Right: what the trigger does beyond what it does "
        "to the base model; the grey band is the smallest effect of interest, "
        f"{smallest:.1f} nats, fixed before. Recorded {replay.recorded_at}, "
        f"code {replay.code_version}."
    )


def own_step() -> None:
    """Draw the way to a run of one's own."""
    st.subheader("3 · Launch your own")
    st.markdown(
        "Teach the same model the same names yourself, with your own seed; it takes a few minutes, "
        "and every curve, answer and hash is kept."
    )
    st.page_link(
        "pages/finetune.py",
        label="Finetune on the old bird names",
        icon=":material/model_training:",
        query_params={"dataset": "old_bird_names"},
    )


def page() -> None:
    """Draw the three steps."""
    st.title("See the flip in three minutes")
    st.caption("The adapters of this page came with the lab; `make demo-adapters` rebuilds them.")
    try:
        era_step()
    except UserError as error:
        say(error)
    st.divider()
    try:
        trigger_step()
    except UserError as error:
        say(error)
    st.divider()
    own_step()


page()
