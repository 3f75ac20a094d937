"""One plan: what it says, its hash and time, what can be done with it, and what followed it."""

import streamlit as st

from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.plans import drafts
from backend.plans.launching import launch
from backend.plans.standing import standing_of
from components.download import download_button
from components.glossary import explain
from components.names import name_of
from components.text import at, cells, plain, say
from components.verdicts import standing
from models.configs import PlanConfig, recipe_words
from models.tables import Plan

LAUNCHED = "plan-launched"


def plan_panel(plan: Plan) -> None:
    """Draw a plan and the buttons that fit its state."""
    config = PlanConfig(**plan.config)
    with st.container(border=True):
        st.markdown(f"**{plain(config.title)}**")
        if plan.frozen_at:
            frozen_text = f"Frozen {at(plan.frozen_at)} · SHA-256 {plan.sha256}"
            st.caption(plain(frozen_text), help=explain("plan"))
        else:
            st.caption("A draft: it counts from the moment at which it is frozen.")
        st.markdown(plain(config.estimand), help=explain("estimand"))
        st.markdown(f"**Test:** {plain(config.test)}", help=explain("effect gate"))
        st.markdown(f"**Stop rule:** {plain(config.stop_rule)}", help=explain("stop rule"))
        st.dataframe(cells(_rows(config)), hide_index=True)
        _frozen(plan) if plan.frozen_at else _draft(plan)
    if plan.frozen_at:
        _followers(config)


def _rows(config: PlanConfig) -> list[dict[str, str]]:
    recipe = drafts.run_of(config, config.dataset, config.seeds[0]).recipe
    names = {
        "effect": config.effect,
        "dataset": config.dataset,
        "controls": ", ".join(config.controls) or "none",
        "probe": config.probe,
        "base model": config.base_model,
        "recipe": ", ".join(recipe_words(recipe)),
        "seeds": ", ".join(map(str, config.seeds)),
        "samples per question": str(config.samples_per_prompt),
        "smallest effect": f"{config.smallest_effect:g} nat" + "s" * (config.smallest_effect != 1),
        "comes after the freezing": config.begins_after_freezing,
        "hash of the probe": config.probe_sha256,
    }
    names |= {f"hash of {name}": sha256 for name, sha256 in config.datasets_sha256.items()}
    return [{"field": name, "planned": value} for name, value in names.items()]


def _draft(plan: Plan) -> None:
    with st.container(horizontal=True):
        if st.button("Freeze the plan", type="primary", icon=":material/lock:"):
            _ask_to_freeze(plan.id)
        if st.button("Delete the draft", icon=":material/delete:", type="tertiary"):
            drafts.delete(plan.id)
            st.rerun()


@st.dialog("Freeze this plan?")
def _ask_to_freeze(plan_id: str) -> None:
    st.write("A frozen plan can't be changed or deleted. It gets the time of this moment.")
    with st.container(horizontal=True):
        if st.button("Freeze", type="primary"):
            try:
                drafts.freeze(plan_id)
            except UserError as error:
                say(error)
                return
            st.rerun()
        if st.button("Not yet"):
            st.rerun()


def _frozen(plan: Plan) -> None:
    frozen = drafts.frozen(plan)
    if not frozen.is_intact:
        st.error("This plan was changed after it was frozen, so nothing follows it any more.")
    with st.container(horizontal=True):
        if st.button("Launch what is planned", type="primary", icon=":material/playlist_add:"):
            try:
                job = launch(plan.id)
                st.session_state[LAUNCHED] = job.id
            except UserError as error:
                say(error)
        download_button(
            "Plan as JSON",
            lambda: drafts.dump(frozen),
            f"plan-{plan.id}.json",
            "application/json",
            help="For a time stamp by others, which proves when it was frozen (docs/plans.md).",
        )
    if job_id := st.session_state.pop(LAUNCHED, None):
        st.success(
            f"Queued the missing runs and evaluation {plain(job_id)}. They go on after a restart.",
            icon=":material/check:",
        )


def _followers(config: PlanConfig) -> None:
    """Draw the evaluations by the plan's probe, each with its standing."""
    jobs = [job for job in evaluation_jobs() if job.evaluation.probe == config.probe]
    if not jobs:
        st.caption("No evaluation by this probe yet.")
    for job in jobs:
        found = standing_of(job)
        with st.container(border=True):
            with st.container(horizontal=True):
                st.markdown(plain(name_of(job)))
                standing(found.kind)
                st.page_link(
                    "pages/results.py",
                    label="Results",
                    icon=":material/monitoring:",
                    query_params={"evaluation": job.id},
                )
            st.caption(plain(found.text))
