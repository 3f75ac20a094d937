"""How many questions and seeds a verdict takes, shown before a probe is run."""

import streamlit as st

from backend.analysis.expectations import Expectation, expectations
from backend.analysis.scores import evaluation_jobs
from backend.probes.loading import Probe, load_probe
from components.glossary import explain
from components.text import plain


def power_note(probe: Probe, base_model: str) -> None:
    """Draw what each effect takes, by the last evaluation of the probe on the base model."""
    state = " ".join(f"{job.id} {job.state}" for job in evaluation_jobs())
    found = _expectations(probe.id, probe.sha256, base_model, state)
    if not found:
        return
    chances = sorted({f"{expected.chance:.0%}" for expected in found}, key=lambda c: int(c[:-1]))
    chance = plain(" to ".join(dict.fromkeys([chances[0], chances[-1]])))
    with st.expander(f"Chance of a verdict: {chance}. How many questions and seeds it takes"):
        st.markdown("\n".join(f"- {plain(expected.text)}" for expected in found))
        st.caption(
            "For a chance of 80 %, if mean and spread are as in the newest evaluation of this "
            "probe on this base model. Where there is none, an effect twice the smallest one of "
            "interest is assumed, with a spread between questions of one and a half.",
            help=explain("power"),
        )


@st.cache_data(max_entries=16, show_spinner=False)
def _expectations(probe: str, sha256: str, base_model: str, state: str) -> list[Expectation]:
    return expectations(load_probe(probe), base_model)
