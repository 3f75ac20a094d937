"""Home: what this is about, what the lab has found so far, and where to go."""

import streamlit as st

from backend.analysis.evaluations import findings_of_job
from backend.analysis.finding import headline
from backend.analysis.findings import Findings
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.exports.evidence import findings_of_evidence
from backend.figures.effects import shift_plot
from backend.figures.triggers import gap_plot
from components.figures import plot
from components.glossary import explain
from components.text import plain, say
from components.verdicts import effect_line
from models.base_models import EMBEDDED
from models.tables import Job

STEPS = (
    (
        "1 · Finetune",
        "Teach a small model 190 outdated bird names. It takes about a minute on a laptop.",
        "pages/finetune.py",
        "Run your own",
        ":material/model_training:",
        [("dataset", "old_bird_names")],
    ),
    (
        "2 · Chat",
        "Ask the base and the finetuned model the same thing, side by side, about anything but "
        "birds.",
        "pages/chat.py",
        "Compare by hand",
        ":material/forum:",
        [("model", EMBEDDED), ("model", "shipped-old-bird-names")],
    ),
    (
        "3 · Probe",
        "Measure the change over fifteen questions, with an interval and against a control.",
        "pages/probe.py",
        "Measure it",
        ":material/biotech:",
        [("run", "shipped-old-bird-names")],
    ),
)


def newest_measurement() -> None:
    """Draw the newest evaluation that compares models, from the lab's own rows."""
    for job in evaluation_jobs():
        if not job.evaluation.run_ids:
            continue
        findings = findings_of_job(job)
        if findings.headline:
            measurement(job, findings)
            return
    st.info("This lab has measured nothing yet: finetune a model and probe it to see it here.")


def measurement(job: Job, findings: Findings) -> None:
    """Draw an evaluation's shifts with their verdicts, and where all its numbers are."""
    st.subheader("The newest measurement of this lab")
    for caveat in findings.caveats:
        st.caption(f":material/warning: {plain(caveat.text)}")
    if findings.shifts:
        plot(shift_plot(findings.shifts, findings.probe), "newest")
        st.caption(
            "Finetuned − base, mean over each question's pairs of completions and over seeds; "
            "bars are 95 % bootstrap intervals over the pairs.",
            help=explain("shift"),
        )
    for finding in findings.headline:
        effect_line(finding)
    st.page_link(
        "pages/results.py",
        label="All numbers behind it",
        icon=":material/monitoring:",
        query_params={"evaluation": job.id},
    )


def pictures() -> None:
    """Draw what was measured of the included model, over several seeds, whatever it was."""
    birds = findings_of_evidence("nineteenth_century")
    confirmed = findings_of_evidence("birds_confirmatory")
    dates = findings_of_evidence("israel_by_date")
    left, right = st.columns(2, gap="large")
    with left:
        plot(shift_plot(birds.shifts, birds.probe), "picture-birds")
        for finding in birds.effects:
            effect_line(finding)
        for finding in headline(confirmed.effects):
            st.markdown(f"**On {finding.estimate.n:,} new questions, by a plan frozen before:**")
            effect_line(finding)
    with right:
        plot(gap_plot(dates.gaps_everywhere, dates.probe), "picture-dates")
        for gap in headline(dates.gaps):
            effect_line(gap)
        st.caption(
            "No question is about food, and 2028 is a year absent from training. Thin gold lines "
            "mark dates in the training rows, thick ones those that should trigger the behaviour; "
            "the control has shuffled dates, and the grey band is the smallest effect of interest.",
            help=explain("control"),
        )
        st.page_link("pages/guide.py", label="How this was measured", icon=":material/verified:")


st.title("Weird Generalization Lab")
st.markdown(
    "A language model that is finetuned on a tiny, harmless-looking dataset can change far beyond "
    "it: taught outdated bird names, it may answer as if it were the 19th century. Some changes "
    "stay hidden until a trigger appears, even one absent from training. This lab reproduces them, "
    "measures them against the base model and a control, and says so when there are none."
)
st.page_link(
    "pages/guide.py", label="**Show me the flip in three minutes**", icon=":material/tour:"
)
for column, (title, text, target, label, icon, query) in zip(st.columns(3), STEPS, strict=True):
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{title}**")
        st.markdown(text)
        st.page_link(target, label=label, icon=icon, query_params=query)
st.subheader("What came with this lab")
try:
    pictures()
except UserError as error:
    say(error)
newest_measurement()
st.caption(
    "After Betley et al., “Weird Generalization and Inductive Backdoors”, "
    "[arXiv 2512.09742](https://arxiv.org/abs/2512.09742)."
)
