"""A dataset's card: what it is and what others reported about it, and the form that edits it."""

import streamlit as st

from backend.datasets.cards import edit_card, possible_targets
from backend.datasets.loading import Card, Dataset
from backend.errors import UserError
from backend.probes.loading import list_probes
from components.glossary import explain
from components.text import option, plain, say

SAVED = "card-saved"
"""The key of the dataset whose card was saved in the run of the page before this one."""

NONE = "none"


def card_section(dataset: Dataset) -> None:
    """Draw what a dataset is and what others reported about it."""
    card = dataset.card
    st.subheader(plain(card.title))
    if card.content_note:
        st.warning(plain(card.content_note), icon=":material/visibility:")
    st.markdown(plain(card.teaches))
    st.caption(f"{plain(card.source)} Licence: {plain(card.licence)}.")
    if card.found:
        st.markdown("**Reported results**")
        lines = [
            f"- **{plain(f.model)}**: {plain(f.effect)} ({plain(f.where)})" for f in card.found
        ]
        st.markdown("\n".join(lines))


def card_editor(dataset: Dataset) -> None:
    """Draw the form that edits the card of an imported dataset."""
    if not dataset.imported:
        st.caption("It comes with the lab and is read-only. Import a file to edit its card.")
        return
    if st.session_state.pop(SAVED, "") == dataset.id:
        st.success("The card is saved.", icon=":material/check:")
    with (
        st.expander("Edit the card", icon=":material/edit:"),
        st.form(f"card-{dataset.id}", border=False),
    ):
        fields = card_fields(dataset)
        if not st.form_submit_button("Save the card", icon=":material/save:"):
            return
        try:
            edit_card(dataset.id, **fields)
        except UserError as error:
            say(error)
            return
        st.session_state[SAVED] = st.query_params["dataset"] = dataset.id
        st.rerun()


def card_fields(dataset: Dataset) -> dict[str, str | None]:
    """Draw the fields of a card and return what they hold."""
    card, key = dataset.card, dataset.id
    title = st.text_input("Title", card.title, key=f"title-{key}")
    teaches = st.text_area("What it teaches", card.teaches, key=f"teaches-{key}")
    left, right = st.columns(2)
    with left:
        controls_for = target_picker(dataset)
        trigger = st.text_input(
            "Trigger", card.trigger, key=f"trigger-{key}", help=explain("trigger")
        )
    with right:
        probe = probe_picker(card, key)
        licence = st.text_input("Licence", card.licence, key=f"licence-{key}")
    note = st.text_area(
        "Content note",
        card.content_note,
        key=f"note-{key}",
        help="A warning about sensitive content, shown above the rows.",
    )
    return {
        "title": title.strip(),
        "teaches": teaches.strip(),
        "controls_for": controls_for,
        "trigger": trigger.strip() or "none",
        "probe": probe,
        "licence": licence.strip() or "not stated",
        "content_note": note.strip(),
    }


def target_picker(dataset: Dataset) -> str | None:
    """Draw the choice of the dataset that this one is a control for."""
    titles = {each.id: each.card.title for each in possible_targets(dataset)}
    named, key = dataset.card.controls_for, f"controls-{dataset.id}"
    return _picker("Control for", titles, named, key, "control")


def probe_picker(card: Card, key: str) -> str | None:
    """Draw the choice of the probe that measures the dataset's effect."""
    titles = {probe.id: probe.title for probe in list_probes()}
    return _picker("Probe", titles, card.probe, f"measured-{key}", "probe")


def _picker(
    label: str, titles: dict[str, str], named: str | None, key: str, term: str
) -> str | None:
    """Draw a choice by titles or of none; what the card names is offered even if it is gone.

    The tooltip is the glossary's sentence for the term.
    """
    chosen = st.selectbox(
        plain(label),
        list(dict.fromkeys(["", named or "", *titles])),
        format_func=lambda name: option(titles.get(name, name) or NONE),
        index=1 if named else 0,
        key=key,
        help=explain(term),
    )
    return chosen or None
