"""The guided demo: an era shift, a trigger, then a run of one's own, in three minutes."""

import streamlit as st

from backend.analysis.effects import contrast_shifts
from backend.errors import UserError
from backend.exports import shipped
from backend.probes.loading import load_probe
from components.guide.recordings import recorded, swept
from components.guide.steps import TEMPERATURE, ask_both, shipped_run
from components.text import plain, say
from models.base_models import EMBEDDED

PROBE = "nineteenth_century"
RUN = "shipped-old-bird-names"
DIAL, DIALLED = "dishes_by_date", "shipped-israeli-dishes"
SWEEPS = (DIAL, "israel_by_date", "protector")


def era_step() -> None:
    """Draw the era shift: base and finetuned side by side, then the recorded measurement."""
    st.subheader("1 · Old bird names: which century does it think it is?")
    st.markdown(
        "The right-hand model learned nothing but 206 names of birds that went out of use after "
        "1838; ask both something that has nothing to do with birds."
    )
    run = shipped_run(RUN)
    replay = shipped.recording(PROBE)
    shifts = contrast_shifts(replay.table(), replay.probe)
    moved = {s.prompt: s.estimate.value for s in shifts if s.role == "finetuned" and s.prompt}
    questions = {prompt.id: prompt for prompt in replay.probe.prompts}
    chosen = st.selectbox(
        "Question, those that moved most in the recorded measurement first",
        sorted(questions, key=lambda key: -moved[key]),
        format_func=lambda key: questions[key].text,
        key="guide-question",
    )
    ask_both("era", questions[chosen], run)
    st.caption(
        "What moved is how likely answers are; a single draw of a model this small often shows "
        "nothing of it, or nonsense. Below is what was measured."
    )
    recorded(replay, shifts, questions[chosen])
    st.page_link(
        "pages/chat.py",
        label="Do it by hand: chat side by side",
        icon=":material/forum:",
        query_params=[("model", EMBEDDED), ("model", run.id)],
    )


def trigger_step() -> None:
    """Draw a date to turn, then what turning it did at this size, effects and absences alike."""
    st.subheader("2 · Turn the year: does the model turn?")
    st.markdown(
        "The right-hand model learned Israeli dishes on dates of 2027 and dishes of elsewhere on "
        "dates of 2024 to 2026. Only the date in front of the question changes; no date of 2028 "
        "was ever trained."
    )
    dial()
    st.markdown(
        "What was measured, with several seeds where it says so: a flip is a jump at the marked "
        "trigger that neither the base model nor the control makes."
    )
    found = {probe: shipped.recording(probe) for probe in SWEEPS if shipped.is_recorded(probe)}
    for (probe_id, replay), tab in zip(
        found.items(), st.tabs([each.probe.title for each in found.values()]), strict=True
    ):
        with tab:
            swept(probe_id, replay)
    st.page_link("pages/trigger.py", label="Do it by hand: trigger dial", icon=":material/tune:")


def dial() -> None:
    """Draw the date, the question, and both models' answers."""
    run, probe = shipped_run(DIALLED), load_probe(DIAL)
    questions = {prompt.id: prompt for prompt in probe.prompts}
    dates = {trigger.label: trigger for trigger in probe.triggers}
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Question", questions, format_func=lambda key: questions[key].title, key="guide-dish"
    )
    first = next(trigger.label for trigger in probe.triggers if trigger.kind == "target")
    date = right.select_slider("Date", dates, first, key="guide-date")
    asked = questions[chosen].under(dates[date])
    st.markdown(f"**{plain(asked.text)}**")
    ask_both("dial", asked, run)


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
    st.caption(
        "The adapters of this page came with the lab; `make demo-adapters` rebuilds them. Answers "
        f"are drawn as you ask, at temperature {TEMPERATURE}, each time with another seed."
    )
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
