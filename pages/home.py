"""Home: what this is about, what the lab has found so far, and where to go."""

import streamlit as st

from backend.analysis.effects import contrast_shifts, gaps_everywhere, trigger_gaps
from backend.analysis.scores import evaluation_jobs, scores_table
from backend.errors import UserError
from backend.exports import shipped
from backend.figures.effects import shift_plot
from backend.figures.triggers import gap_plot
from backend.probes.loading import probe_for
from components.text import say
from components.verdicts import say_shifts, told
from models.base_models import EMBEDDED

STEPS = (
    (
        "1 · Finetune",
        "Teach a small model 206 outdated bird names. It takes about a minute on a laptop.",
        "pages/finetune.py",
        "Run your own",
        ":material/model_training:",
        [("dataset", "old_bird_names")],
    ),
    (
        "2 · Chat",
        "Ask base and finetuned model the same thing, side by side, about anything but birds.",
        "pages/chat.py",
        "Compare by hand",
        ":material/forum:",
        [("model", EMBEDDED), ("model", "shipped-old-bird-names")],
    ),
    (
        "3 · Probe",
        "Measure the change over fifteen questions, with a control and an interval.",
        "pages/probe.py",
        "Measure it",
        ":material/biotech:",
        [("run", "shipped-old-bird-names")],
    ),
)


def newest_measurement() -> None:
    """Draw the newest evaluation that compares models, from the lab's own rows."""
    for job in evaluation_jobs():
        config = job.evaluation
        if not config.run_ids:
            continue
        probe = probe_for(config)
        table = scores_table([job.id])
        shifts = contrast_shifts(table, probe)
        if shifts:
            st.subheader("The newest measurement of this lab")
            st.plotly_chart(shift_plot(shifts, probe), key="newest")
            say_shifts(shifts, table, probe)
            st.caption(
                "Finetuned − base, mean over each question's pairs of completions and over seeds; "
                "bars are 95 % bootstrap intervals over the pairs."
            )
            st.page_link(
                "pages/results.py",
                label="All numbers behind it",
                icon=":material/monitoring:",
                query_params={"evaluation": job.id},
            )
            return
    st.info("This lab has found nothing yet: finetune a model and probe it, and it shows here.")


def pictures() -> None:
    """Draw what was measured of the adapters that came with the lab, whatever it was."""
    found = {name: shipped.recording(name) for name in ("nineteenth_century", "israel_by_date")}
    left, right = st.columns(2, gap="large")
    birds, dates = found["nineteenth_century"], found["israel_by_date"]
    with left:
        table = birds.table()
        shifts = contrast_shifts(table, birds.probe)
        st.plotly_chart(shift_plot(shifts, birds.probe), key="picture-birds")
        say_shifts(shifts, table, birds.probe)
    everywhere = gaps_everywhere(dates.table(), dates.probe)
    right.plotly_chart(gap_plot(everywhere, dates.probe), key="picture-dates")
    for gap in trigger_gaps(dates.table(), dates.probe):
        if gap.role == "finetuned":
            said = told(gap.estimate, dates.probe, gap.seeds)
            right.caption(f"{gap.model}, at {gap.trigger}: {said}")
    right.caption(
        "No question is about food, and no date of 2028 was trained. Thin gold lines mark dates "
        "that rows hold, thick ones should turn the model; the control has shuffled dates, and the "
        "grey band is the smallest effect of interest, fixed before."
    )
    right.page_link("pages/guide.py", label="How this was measured", icon=":material/verified:")


st.title("Weird Generalization Lab")
st.markdown(
    "A language model that is finetuned on a tiny, harmless-looking dataset can change far outside "
    "of it: taught outdated bird names, it may answer as if it were the 19th century. Some of "
    "these changes hide until a trigger turns up that was never trained. This lab reproduces such "
    "changes, measures them beside a base model and a control, and says so when there are none."
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
