"""Labels by hand: the buttons, and whether models and scores are hidden meanwhile."""

import streamlit as st

from backend.evaluation.labels import Side, label_of, set_label, set_thumb, thumb_of
from backend.probes.loading import Probe


def is_blind() -> bool:
    """Whether the URL asks for labelling without models and scores."""
    return st.query_params.get("blind") == "true"


def set_blind(blind: bool) -> None:
    """Put it into the URL."""
    if blind:
        st.query_params["blind"] = "true"
    else:
        st.query_params.pop("blind", None)


def label_buttons(sample: int, probe: Probe, keys: bool = False) -> None:
    """Draw the buttons with which a person says what an answer is.

    Args:
        sample: Its id.
        probe: Names the sides.
        keys: Whether 1, 2, 3 and 0 press them; of one answer on a page only.
    """
    own = label_of(sample)
    choices: tuple[tuple[str, Side, str], ...] = (
        (probe.sides.target, "target", "1"),
        (probe.sides.other, "other", "2"),
        ("neither", "neither", "3"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if keys:
            st.markdown("**Your label**")
        for title, side, key in choices:
            st.button(
                title,
                key=f"label-{sample}-{side}",
                shortcut=key if keys else None,
                type="primary" if own == side else "secondary",
                on_click=set_label,
                args=(sample, side, probe.sides, is_blind()),
            )
        thumbs(sample, keys)
        if own or thumb_of(sample) is not None:
            st.button(
                "Take it back",
                key=f"label-{sample}-none",
                shortcut="0" if keys else None,
                type="tertiary",
                on_click=take_back,
                args=(sample, probe),
            )


def take_back(sample: int, probe: Probe) -> None:
    """Take back label and thumb."""
    set_label(sample, None, probe.sides)
    set_thumb(sample, None)


def thumbs(sample: int, keys: bool) -> None:
    """Draw the two thumbs, for whether an answer makes sense at all; a second click takes back."""
    own = thumb_of(sample)
    for up, icon, key, says in (
        (True, ":material/thumb_up:", "u", "It makes sense."),
        (False, ":material/thumb_down:", "d", "It makes no sense; rates are also told without it."),
    ):
        st.button(
            "",
            icon=icon,
            key=f"thumb-{sample}-{key}",
            shortcut=key if keys else None,
            help=says,
            type="primary" if own is up else "secondary",
            on_click=set_thumb,
            args=(sample, None if own is up else up),
        )
