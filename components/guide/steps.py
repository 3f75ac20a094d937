"""The guided demo's questions: each to the base model and a shipped run, as they answer."""

import streamlit as st

from backend.base_models.cards import get_card
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.errors import NotFoundError
from backend.exports import shipped
from backend.probes.loading import Prompt
from backend.runs.queries import finished_runs, rows_have_changed, title_of
from components.chat.board import answer_box
from components.refresh import live
from components.text import plain
from models.tables import Run

TOKENS, TEMPERATURE = 120, 0.7
"""Somewhat below 1, where a small model's answers are noisy."""


def shipped_run(name: str) -> Run:
    """Return a run that is shipped with the lab, even if somebody renamed it.

    Raises:
        NotFoundError: it is not registered in this lab.
    """
    ids = {folder.name: shipped.row_of(folder)["id"] for folder in shipped.folders()}
    for run in finished_runs():
        if run.id == ids.get(name):
            return run
    raise NotFoundError("The shipped adapter is not registered. Run `weirdgen prepare`.")


def earlier_rows(run: Run) -> None:
    """Say that the dataset of a shipped run has other rows today, if it has."""
    if rows_have_changed(run):
        st.caption(
            f"This adapter and its recorded measurements are of earlier rows of "
            f"{plain(title_of(run.dataset))}, which has been corrected since."
        )


def ask_both(step: str, prompt: Prompt, run: Run) -> None:
    """Draw the button and both answers; redrawn while they arrive.

    Args:
        step: Of the guide, which keeps its answers apart from those of the others.
        prompt: The question, with its trigger in place.
        run: The run that is asked beside its base model.
    """

    def busy() -> bool:
        return any(reply.running for reply in _replies(step, prompt))

    live(_ask_both, busy, every=0.3)(step, prompt, run)


def _replies(step: str, prompt: Prompt) -> list[Reply]:
    text, replies = st.session_state.get(f"guide-replies-{step}", ("", []))
    return list(replies) if text == prompt.text else []


def _ask_both(step: str, prompt: Prompt, run: Run) -> None:
    if st.button("Ask both models", icon=":material/play_arrow:", key=f"guide-ask-{step}"):
        start(step, prompt, run)
    base, finetuned = _replies(step, prompt) or (None, None)
    left, right = st.columns(2)
    with left:
        answer_box(get_card(run.base_model).title, "base", base, f"{step}-base")
    with right:
        answer_box(run.name, "finetuned", finetuned, step, run.id)


def start(step: str, prompt: Prompt, run: Run) -> None:
    """Ask both models; answers to an earlier question are stopped."""
    _, earlier = st.session_state.get(f"guide-replies-{step}", ("", []))
    for reply in earlier:
        reply.stop()
    seed = st.session_state["guide-seed"] = st.session_state.get("guide-seed", 0) + 1
    settings = ChatSettings(temperature=TEMPERATURE, max_tokens=TOKENS, seed=seed)
    columns = (Column(model=run.base_model), Column(model=run.id, is_run=True))
    replies = [Reply(column, settings, prompt.messages()) for column in columns]
    st.session_state[f"guide-replies-{step}"] = (prompt.text, replies)
