"""Have a model judge the stored answers of an evaluation."""

import streamlit as st

from backend.config import settings
from backend.errors import UserError
from backend.evaluation.judging import at_most, remembered, unjudged
from backend.evaluation.submit import judging_jobs, submit_judging
from backend.hosted.prices import spent
from backend.probes.judges import list_judges, load_judge
from backend.probes.loading import Probe
from components.job import controls, progress
from components.text import plain, say
from models.configs import JudgeConfig
from models.tables import Job


def cost_text(dollars: float | None) -> str:
    """Say what judging costs at most, and what is spent and allowed."""
    if dollars is None:
        return ""
    budget = settings().hosted_budget
    cap = f" of ${budget:.2f}" if budget is not None else ", no budget is set"
    return plain(f" At most ${dollars:.2f}; spent so far ${spent():.2f}{cap}.")


def judge_panel(job: Job, probe: Probe) -> None:
    """Draw the judges that suit the probe, what they would cost in requests, and their progress."""
    model = settings().judge_model
    with st.expander("Judge the answers with a model", icon=":material/gavel:"):
        for under_way in judging_jobs(job.id)[:1]:
            progress(under_way)
            controls(under_way)
        if not model:
            st.info(
                "No judge is named, and none is needed: contrasts and word scorers work without. "
                "To use one, set JUDGE_MODEL, JUDGE_URL and JUDGE_KEY in the environment (any "
                "OpenAI-compatible server) and start the lab again."
            )
            return
        titles = {judge.id: judge.title for judge in list_judges()}
        suited = [judge for judge in probe.judges if judge in titles]
        chosen = st.multiselect("Judges", titles, default=suited, format_func=titles.get)
        if not chosen:
            return
        judges = {judge: load_judge(judge) for judge in chosen}
        questions = unjudged(job.id, judges.values(), model)
        known = remembered(questions, judges.values(), model)
        new = [question for question in questions if question not in known]
        dollars = at_most(new, judges, model)
        cost = cost_text(dollars)
        st.caption(
            f"{len(new):,} requests to {model}; the same answer is asked about once, and what it "
            f"has judged already, here or elsewhere, is kept ({len(known):,} of these).{cost}"
        )
        if st.button("Judge", icon=":material/gavel:", disabled=not questions):
            try:
                config = JudgeConfig(evaluation_job=job.id, judges=chosen, model=model)
                submit_judging(config)
                st.rerun()
            except UserError as error:
                say(error)
