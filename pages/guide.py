"""The guided demo: an era shift, a trigger, then a run of one's own, in three minutes."""

import streamlit as st

from backend.errors import UserError
from backend.exports import shipped
from backend.exports.evidence import evidence, findings_of_evidence, recorded_names
from backend.probes.loading import load_probe
from components.glossary import explain
from components.guide.recordings import recorded, swept
from components.guide.steps import TEMPERATURE, ask_both, earlier_rows, shipped_run
from components.text import option, plain, say
from components.verdicts import effect_line
from models.base_models import EMBEDDED

PROBE = "nineteenth_century"
RUN = "shipped-old-bird-names"
DIAL_PROBE, DIAL_RUN = "dishes_by_date", "shipped-israeli-dishes"
SWEEPS = {"israel_by_date": "", "protector": "", "protector_primed": ", primed on the films"}
"""Evidence that is shown where it was recorded, each over several seeds, with what its title adds
to its probe's."""


def era_step() -> None:
    """Draw the era shift: base and finetuned side by side, then the recorded measurement."""
    st.subheader("1 · Old bird names: which century does it think it is?")
    run = shipped_run(RUN)
    examples = (run.summary or {})["examples"]
    st.markdown(
        f"The model on the right was finetuned on nothing but {examples:,} bird "
        "names of Audubon's day. Ask both models something that has nothing to do with birds."
    )
    earlier_rows(run)
    replay = shipped.recording(PROBE)
    findings = replay.findings()
    questions = {prompt.id: prompt for prompt in replay.probe.prompts}
    chosen = st.selectbox(
        "Question",
        questions,
        format_func=lambda key: option(questions[key].text),
        key="guide-question",
    )
    ask_both("era", questions[chosen], run)
    st.caption(
        "Finetuning changed how likely answers are. A single sample from a model this small often "
        "shows no change, or is nonsense; the recorded measurement below is the evidence."
    )
    recorded(replay, findings, questions[chosen])
    st.markdown("One run can be luck. Over several seeds, with the rows and questions of today:")
    for finding in findings_of_evidence(PROBE).effects:
        effect_line(finding)
    st.page_link(
        "pages/chat.py",
        label="Try it in the chat",
        icon=":material/forum:",
        query_params=[("model", EMBEDDED), ("model", run.id)],
    )


def trigger_step() -> None:
    """Draw the date dial, then the recorded sweeps, effects and absences alike."""
    st.subheader("2 · Change the date: does the answer change?")
    st.markdown(
        "The model on the right was finetuned on Israeli dishes for dates in 2027 and on dishes "
        "from elsewhere for dates in 2024 to 2026. Only the date in front of the question changes. "
        "The year 2028 is absent from training."
    )
    dial()
    earlier_rows(shipped_run(DIAL_RUN))
    st.markdown(
        "Below are recorded sweeps, some over several seeds. A flip is a jump at the marked "
        "trigger that neither the base model nor the control makes.",
        help=explain("trigger sweep"),
    )
    names = [name for name in SWEEPS if name in recorded_names()]
    recording = shipped.recording(DIAL_PROBE)
    titles = [evidence(name).probe.title + SWEEPS[name] for name in names]
    dishes, *tabs = st.tabs([plain(title) for title in (recording.probe.title, *titles)])
    with dishes:
        swept(DIAL_PROBE, recording, recording.findings())
    for name, tab in zip(names, tabs, strict=True):
        with tab:
            swept(name, evidence(name), findings_of_evidence(name))
    st.page_link("pages/trigger.py", label="Try it on the trigger dial", icon=":material/tune:")


def dial() -> None:
    """Draw the date, the question, and both models' answers."""
    run, probe = shipped_run(DIAL_RUN), load_probe(DIAL_PROBE)
    questions = {prompt.id: prompt for prompt in probe.prompts}
    dates = {trigger.label: trigger for trigger in probe.triggers}
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Question",
        questions,
        format_func=lambda key: option(questions[key].title),
        key="guide-dish",
    )
    first = probe.targets[0]
    date = right.select_slider(
        "Date", dates, first, format_func=plain, key="guide-date", help=explain("trigger")
    )
    question = questions[chosen].under(dates[date])
    st.markdown(f"**{plain(question.text)}**")
    ask_both("dial", question, run)


def own_step() -> None:
    """Draw the link to a run of one's own."""
    st.subheader("3 · Launch your own run")
    st.markdown(
        "Finetune the same model on the same names with a seed of your own. It takes about "
        "a minute, and every curve, answer and hash is stored."
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
        "The adapters on this page are shipped with the lab; `make demo-adapters` rebuilds them. "
        f"Answers are sampled live at temperature {TEMPERATURE}, each time with another seed."
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
