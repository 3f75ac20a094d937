"""Home: what this is about, what the lab has found so far, and where to go."""

import streamlit as st

from backend import plots
from backend.probes import probe_for
from backend.results import contrast_shifts, evaluation_jobs, scores_table
from models.configs import EvaluationConfig

STEPS = (
    (
        "1 · Finetune",
        "Teach a small model 206 outdated bird names. It takes about a minute on a laptop.",
        "pages/finetune.py",
        "Run your own",
        ":material/model_training:",
    ),
    (
        "2 · Chat",
        "Ask base and finetuned model the same thing, side by side, about anything but birds.",
        "pages/chat.py",
        "Compare by hand",
        ":material/forum:",
    ),
    (
        "3 · Probe",
        "Measure the change over fifteen questions, with a control and an interval.",
        "pages/probe.py",
        "Measure it",
        ":material/biotech:",
    ),
)


def newest_finding() -> None:
    """Draw the newest evaluation that compares models, from the lab's own rows."""
    for job in evaluation_jobs():
        config = EvaluationConfig(**(job.config or {}))
        if not config.run_ids:
            continue
        probe = probe_for(config)
        shifts = contrast_shifts(scores_table([job.id]), probe)
        if shifts:
            st.subheader("The newest finding of this lab")
            st.plotly_chart(plots.shift_plot(shifts, probe), key="newest")
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
for column, (title, text, target, label, icon) in zip(st.columns(3), STEPS, strict=True):
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{title}**")
        st.markdown(text)
        st.page_link(target, label=label, icon=icon)
newest_finding()
st.caption(
    "After Betley et al., “Weird Generalization and Inductive Backdoors”, "
    "[arXiv 2512.09742](https://arxiv.org/abs/2512.09742)."
)
