"""The guided demo's parts: one question to the base model and a shipped run, as they answer."""

import streamlit as st

from backend.base_models.cards import get_card
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.errors import NotFoundError
from backend.exports import shipped
from backend.probes.loading import Prompt
from backend.runs.queries import finished_runs
from components.chat.board import answer_box
from models.tables import Run

TOKENS, TEMPERATURE = 120, 0.7
"""Somewhat below 1, at which a small model's answers are noisy."""


def shipped_run(name: str) -> Run:
    """Return a run that came with the lab, also where somebody renamed it."""
    ids = {folder.name: shipped.row_of(folder)["id"] for folder in shipped.folders()}
    found = next((run for run in finished_runs() if run.id == ids.get(name)), None)
    if found is None:
        raise NotFoundError("The shipped adapter is not registered; `make run` does it.")
    return found


def ask_both(step: str, prompt: Prompt, run: Run) -> None:
    """Draw the button and both answers; draws itself again while they arrive.

    Args:
        step: Of the guide, which keeps its answers apart from those of the others.
        prompt: What is asked, its trigger in place.
        run: The run that is asked beside its base model.
    """
    busy = any(reply.running for reply in _replies(step, prompt))
    st.fragment(_ask_both, run_every=0.3 if busy else None)(step, prompt, run, busy)


def _replies(step: str, prompt: Prompt) -> list[Reply]:
    text, replies = st.session_state.get(f"guide-replies-{step}", ("", []))
    return list(replies) if text == prompt.text else []


def _ask_both(step: str, prompt: Prompt, run: Run, was_busy: bool) -> None:
    if st.button("Ask both", icon=":material/play_arrow:", key=f"guide-ask-{step}"):
        start(step, prompt, run)
    replies = _replies(step, prompt)
    base = get_card(run.base_model).title
    names = ((base, "base", None), (run.name, "finetuned", run.id))
    for place, (space, (name, role, run_id)) in enumerate(zip(st.columns(2), names, strict=True)):
        with space:
            answer_box(name, role, replies[place] if replies else None, run_id)
    if was_busy != any(reply.running for reply in replies):
        st.rerun()  # The whole page, so that it is looked at again or no longer.


def start(step: str, prompt: Prompt, run: Run) -> None:
    """Ask both models; answers that still arrive are stopped."""
    _, old = st.session_state.get(f"guide-replies-{step}", ("", []))
    for reply in old:
        reply.stop()
    number = st.session_state["guide-asked"] = st.session_state.get("guide-asked", 0) + 1
    settings = ChatSettings(temperature=TEMPERATURE, max_tokens=TOKENS, seed=number)
    columns = (Column(model=run.base_model), Column(model=run.id, is_run=True))
    replies = [Reply(column, settings, prompt.messages()) for column in columns]
    st.session_state[f"guide-replies-{step}"] = (prompt.text, replies)
