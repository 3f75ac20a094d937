"""Probe editor: write a probe of one's own, look at it under a base model, and save it."""

import streamlit as st

from backend.analysis.evaluations import measured_with
from backend.errors import UserError
from backend.plans.drafts import plans_of
from backend.probes.drafts import (
    Draft,
    checked,
    discard,
    draft_of,
    editable,
    keep,
    save,
    saved_probe,
    start,
)
from backend.probes.loading import Probe, list_probes, unusable_probes
from components.address import keep_in_address
from components.probe.editor import begin_anew, edited
from components.probe.form import scoring
from components.probe.preview import preview
from components.text import option, say, unusable

CHOSEN = "edited"
"""The key of the probe in the editor."""
SAVED = "probe-saved"
"""The key of the probe that was saved last, until another change."""


def new_probe() -> None:
    """Draw the form that starts a draft, empty or as a copy."""
    titles = {probe.id: probe.title for probe in list_probes()}
    with (
        st.expander("New probe", icon=":material/add:", expanded=not editable()),
        st.form("new-probe", border=False, clear_on_submit=False),
    ):
        left, middle, right = st.columns(3)
        title = left.text_input("Title of the new probe", placeholder="Old fish")
        probe_id = middle.text_input(
            "Id", placeholder="old_fish", help="Lower-case letters, digits, underscores."
        )
        copied = right.selectbox(
            "Start from",
            titles,
            index=None,
            format_func=lambda key: option(titles[key]),
            placeholder="an empty probe, or a copy of …",
        )
        if not st.form_submit_button("Start", icon=":material/edit_note:"):
            return
        try:
            start(probe_id.strip(), title.strip() or probe_id.strip(), copied)
        except UserError as error:
            say(error)
            return
        st.session_state[CHOSEN] = probe_id.strip()
        st.rerun()


def picker() -> str | None:
    """Draw the choice of an own probe; None if there is none."""
    ids = editable()
    if not ids:
        st.info(
            "No probes of your own yet. Start one above, empty or as a copy: the lab's own probes "
            "are read-only."
        )
        return None
    wanted = st.session_state.get(CHOSEN, st.query_params.get("probe"))
    st.session_state[CHOSEN] = wanted if wanted in ids else ids[0]
    chosen = st.selectbox("Own probe", ids, format_func=option, key=CHOSEN)
    keep_in_address("probe", chosen, ids[0])
    return chosen


def consequences(saved: Probe) -> None:
    """Say what becomes of the results that were measured with a probe as it is saved now."""
    count, plans = measured_with(saved), plans_of(saved)
    if not count and not plans:
        return
    text = (
        f"Saving gives the probe another hash. Evaluations measured with the present one: {count:,}"
        ". They keep their scores and say that the probe has changed since; measure again to "
        "compare with new results."
    )
    if plans:
        text += f" Frozen plans that name the present hash: {plans:,}; none of them can be followed"
        text += " with the changed probe."
    st.warning(text, icon=":material/fingerprint:")


def standing(draft: Draft) -> Probe | None:
    """Draw whether the draft can be saved, with the buttons for it; return it as a probe if so."""
    saved = saved_probe(draft.id)
    changed = saved is None or draft != draft_of(saved)
    probe = None
    try:
        probe = checked(draft)
        st.markdown(" ".join(scoring(probe)))
    except UserError as error:
        say(error)
    if saved and changed:
        consequences(saved)
    with st.container(horizontal=True, vertical_alignment="center"):
        off = probe is None or not changed
        if st.button("Save", type="primary", icon=":material/save:", disabled=off):
            save(draft)
            begin_anew()
            st.session_state[SAVED] = draft.id
            st.rerun()
        if changed:
            word = "Discard the changes" if saved else "Discard the draft"
            st.button(word, icon=":material/undo:", on_click=throw_away, args=(draft.id,))
            st.caption("The draft is kept as you type.")
        elif st.session_state.get(SAVED) == draft.id:
            st.success("Saved.", icon=":material/check:")
        if saved:
            st.page_link(
                "pages/probe.py",
                label="Probe a model with it",
                icon=":material/biotech:",
                query_params={"probe": draft.id},
            )
    return probe


def throw_away(probe_id: str) -> None:
    """Remove a draft, and let the editor show what is saved."""
    discard(probe_id)
    begin_anew()


st.title("Probe editor")
st.markdown(
    "Write questions with pairs of completions, decide the smallest effect that would matter, and "
    "save them before anything is measured. Choose the probe on your dataset's card to see its "
    "effect beside the control's."
)
try:
    new_probe()
    unusable(unusable_probes())
    if chosen := picker():
        draft = edited(chosen)
        keep(draft)
        st.divider()
        if probe := standing(draft):
            preview(probe)
except UserError as error:
    say(error)
