"""Labels by hand: the buttons, and whether models and scores are hidden meanwhile."""

import streamlit as st

from backend.evaluation.labels import (
    Side,
    label_of,
    note_of,
    set_label,
    set_note,
    set_thumb,
    thumb_of,
)
from backend.probes.loading import Probe
from components.glossary import explain
from components.text import plain

LONGEST_NOTE = 1_000
"""Characters."""
THUMBS = (
    (True, ":material/thumb_up:", "u", "It makes sense."),
    (False, ":material/thumb_down:", "d", "It makes no sense. Rates are also given without it."),
)


def is_blind() -> bool:
    """Whether the URL asks for labelling without models and scores."""
    return st.query_params.get("blind") == "true"


def set_blind(blind: bool) -> None:
    """Store in the URL whether models and scores are hidden."""
    if blind:
        st.query_params["blind"] = "true"
    else:
        st.query_params.pop("blind", None)


def label_buttons(sample: int, probe: Probe, keys: bool = False) -> None:
    """Draw the buttons by which a person labels an answer.

    Args:
        sample: Its id.
        probe: Names the sides.
        keys: Whether 1, 2, 3 and 0 press them; only possible for one answer on a page.
    """
    label = label_of(sample)
    with st.container(horizontal=True, vertical_alignment="center"):
        if keys:
            st.markdown("**Your label**", help=explain("label by hand"))
        side_buttons(sample, probe, label, keys)
        thumbs(sample, keys)
        if label or thumb_of(sample) is not None:
            st.button(
                "Remove label",
                key=f"label-{sample}-none",
                shortcut="0" if keys else None,
                type="tertiary",
                on_click=remove_label,
                args=(sample, probe),
            )
    if keys and label:
        key = f"note-{sample}"
        st.text_input(
            "Note",
            note_of(sample),
            key=key,
            max_chars=LONGEST_NOTE,
            on_change=lambda: set_note(sample, st.session_state[key].strip()),
            placeholder="Why this label?",
            help="It is stored with the label, and files hold both.",
        )


def side_buttons(sample: int, probe: Probe, label: Side | None, keys: bool) -> None:
    """Draw a button for each side of the probe, and one for neither."""
    choices: tuple[tuple[str, Side, str], ...] = (
        (probe.sides.target, "target", "1"),
        (probe.sides.other, "other", "2"),
        ("neither", "neither", "3"),
    )
    for title, side, key in choices:
        st.button(
            plain(title),
            key=f"label-{sample}-{side}",
            shortcut=key if keys else None,
            type="primary" if label == side else "secondary",
            on_click=set_label,
            args=(sample, side, probe.sides, is_blind()),
        )


def remove_label(sample: int, probe: Probe) -> None:
    """Remove label and thumb."""
    set_label(sample, None, probe.sides)
    set_thumb(sample, None)


def thumbs(sample: int, keys: bool) -> None:
    """Draw the two thumbs, for whether an answer makes sense; a second click removes one."""
    thumb = thumb_of(sample)
    for up, icon, key, meaning in THUMBS:
        st.button(
            "",
            icon=icon,
            key=f"thumb-{sample}-{key}",
            shortcut=key if keys else None,
            help=meaning,
            type="primary" if thumb is up else "secondary",
            on_click=set_thumb,
            args=(sample, None if thumb is up else up),
        )
