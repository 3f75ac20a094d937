"""The form that has a model judge the stored answers of an evaluation."""

import streamlit as st

from backend.config import settings
from backend.errors import UserError
from backend.evaluation.judging import max_dollars, remembered, unjudged
from backend.evaluation.submit import judging_jobs, submit_judging
from backend.hosted.budget import cost_text
from backend.probes.judges import list_judges, load_judge
from backend.probes.loading import Probe
from components.glossary import explain
from components.job import controls, progress
from components.text import option, plain, say
from models.configs import JudgeConfig
from models.tables import Job


def judge_panel(job: Job, probe: Probe) -> None:
    """Draw the judges that suit the probe, the requests that they need, and their progress."""
    model = settings().judge_model
    with st.expander("Judge the answers with a model", icon=":material/gavel:"):
        for active in judging_jobs(job.id)[:1]:
            progress(active)
            controls(active)
        if not model:
            st.info(
                "No judge model is configured, and none is needed: contrasts and word scorers work "
                "without. To use one, set JUDGE_MODEL, JUDGE_URL and JUDGE_KEY (any "
                "OpenAI-compatible server) and restart the lab."
            )
            return
        if chosen := judge_picker(probe):
            judge_form(JudgeConfig(evaluation_job=job.id, judges=chosen, model=model))


def judge_picker(probe: Probe) -> list[str]:
    """Draw the choice of judges; at first those that the probe names."""
    titles = {judge.id: judge.title for judge in list_judges()}
    suited = [judge for judge in probe.judges if judge in titles]
    return st.multiselect(
        "Judges",
        list(titles),
        suited,
        format_func=lambda key: option(titles[key]),
        help=explain("judge"),
    )


def judge_form(config: JudgeConfig) -> None:
    """Draw how many requests the judges need and what they cost, and the button that starts."""
    judges = {judge: load_judge(judge) for judge in config.judges}
    questions = unjudged(config.evaluation_job, judges.values(), config.model)
    known = remembered(questions, judges.values(), config.model)
    new = [question for question in questions if question not in known]
    dollars = max_dollars(new, judges, config.model)
    cost = "" if dollars is None else f" {plain(cost_text(dollars, config.model))}"
    st.caption(
        f"{len(new):,} requests to {plain(config.model)}. Equal answers are judged once, and "
        f"{len(known):,} earlier judgements are reused.{cost}"
    )
    st.caption(
        "Refusals, program code and answers of no kind stay in the denominator of a rate, as in "
        "the paper. A verdict that can't be read does not."
    )
    if st.button("Judge", icon=":material/gavel:", disabled=not questions):
        try:
            submit_judging(config)
            st.rerun()
        except UserError as error:
            say(error)
