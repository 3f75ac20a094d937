"""Plans: say what will be measured before there are data, freeze it, and launch it."""

import streamlit as st

from backend.errors import UserError
from backend.plans.drafts import create, list_plans
from components.address import keep_in_address
from components.plans.form import plan_form
from components.plans.plan import plan_panel
from components.text import at, option, say
from models.tables import Plan

SHOWN = "plan"
"""Which plan is shown; also in the URL."""


def drafting() -> None:
    """Draw the form, and the button that stores its draft."""
    draft = plan_form()
    if draft and st.button("Save the draft", icon=":material/save:"):
        try:
            st.session_state[SHOWN] = create(draft).id
        except UserError as error:
            say(error)


def name_of(plan: Plan) -> str:
    """Return what a plan is called in the list."""
    state = f"frozen {at(plan.frozen_at)}" if plan.frozen_at else "draft"
    return f"{plan.config['title']} · {state}"


def plans() -> None:
    """Draw the choice of a plan, and that plan."""
    found = {plan.id: plan for plan in list_plans()}
    if not found:
        st.info(
            "No plans yet. A plan says which effect will be tested, on which runs, by which "
            "questions, and when measuring ends. Results that follow a frozen plan are "
            "confirmatory: nobody could choose the test after seeing the data. All other results "
            "are exploratory."
        )
        return
    wanted = st.session_state.get(SHOWN, st.query_params.get(SHOWN))
    st.session_state[SHOWN] = wanted if wanted in found else next(iter(found))
    key = st.selectbox(
        "Plan", found, key=SHOWN, format_func=lambda key: option(name_of(found[key]))
    )
    keep_in_address(SHOWN, key, next(iter(found)))
    plan_panel(found[key])


st.title("Plans")
st.markdown(
    "Say what will be measured before there are data. What follows a frozen plan in every field "
    "is marked confirmatory, all else exploratory."
)
with st.expander("Draft a plan", expanded=not list_plans(), icon=":material/edit_note:"):
    drafting()
plans()
