"""The guided demo: an era shift, a trigger, then a run of one's own, in three minutes."""

import streamlit as st

from backend import plots, shipped
from backend.errors import UserError
from backend.probes import Prompt
from backend.results import contrast_shifts
from models.base_models import EMBEDDED
from pages.guide_steps import ask_both, shipped_run
from pages.parts import plain, say

PROBE = "nineteenth_century"
RUN = "shipped-old-bird-names"


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
    """Draw where a year turns a model, and say what was found of it at this size."""
    st.subheader("2 · Turn the year")
    st.markdown(
        "On the trigger dial the same question is asked under another year, and every model "
        "answers side by side; what this small model showed with it, and what it did not, is in "
        "docs/flips.md."
    )
    st.page_link("pages/trigger.py", label="Do it by hand: trigger dial", icon=":material/tune:")


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
    trigger_step()
    st.divider()
    own_step()


page()
