"""The chat's board: every column's replies as they arrive, as plain text."""

import streamlit as st

from backend.chat.client import vllm_is_starting, vllm_log
from backend.chat.streaming import Column, Reply
from backend.errors import NotFoundError, UserError
from backend.jobs.queue import cancel, get_job
from backend.runs.memory import holder
from components.chat.setup import title_of
from components.job import progress
from components.text import plain, say
from components.verdicts import model_badge

WAITS_FOR = "waits-for"
"""Id of the job that must end before the last question is asked again."""


def show_column(place: int, column: Column, models: dict[str, tuple[str, str]]) -> None:
    """Draw one column's replies as plain text, in a space that does not grow."""
    title, role = models.get(column.model, ("no model", "base"))
    with st.container(height=420, border=True, autoscroll=True):
        model_badge(title, role, column.model if column.is_run else None)
        for turn in st.session_state["turns"]:
            message("user", turn.question)
            if place < len(turn.replies):
                if turn.models[place] != column.model:
                    st.caption(plain(f"Answered by {title_of(turn.models[place], models)}"))
                message("assistant", turn.replies[place])
        question, replies = st.session_state.get("asking", ("", st.session_state.get("last", [])))
        if asked := question or st.session_state.get("failed"):
            message("user", asked)
        if place < len(replies):
            tail(replies[place], show_text=bool(question))


def message(role: str, text: str) -> None:
    """Draw one message; what a model says is never read as Markdown or HTML."""
    with st.chat_message(role):
        st.text(text or "(no answer)")


def answer_box(title: str, role: str, reply: Reply | None, run_id: str | None = None) -> None:
    """Draw one model's only answer as plain text, in a space that does not grow."""
    with st.container(height=230, border=True, autoscroll=True):
        model_badge(title, role, run_id)
        if reply is None:
            st.text("Not asked yet.")
        elif reply.error:
            say(UserError(reply.error))
        else:
            st.text(reply.text or "…")


def tail(reply: Reply, show_text: bool) -> None:
    """Draw a reply in the making, or how the last one ended."""
    if reply.error:
        say(UserError(reply.error))
    elif show_text:
        message("assistant", reply.text or "…")
    else:
        end = {"length": " · cut at max tokens", "stopped": " · stopped"}
        pace = reply.tokens_per_second
        st.caption(
            f"{reply.tokens:,} tokens"
            + (f" · {pace:.0f} tokens/s" if pace else "")
            + end.get(reply.finish_reason, "")
        )


def queue_or_free() -> None:
    """Draw the two ways to chat where a job has the memory: after it, or instead of it."""
    job = holder()
    if job is None:
        return
    with st.container(horizontal=True):
        if st.button("Ask when it is done", icon=":material/schedule:", key="queue"):
            st.session_state[WAITS_FOR] = job.id
            st.rerun()
        if st.button("Stop it and free its memory", icon=":material/memory:", key="free"):
            cancel(job.id)
            st.info("It stops. Ask again in a moment; a retry of the job goes on where it was.")


def queued() -> None:
    """Draw what the last question waits for, and ask it again once that is over."""
    try:
        job = get_job(st.session_state[WAITS_FOR])
    except NotFoundError:  # Deleted, which only what is over can be.
        job = None
    if job is None or job.state.is_final:
        del st.session_state[WAITS_FOR]
        st.session_state["again"] = st.session_state.get("failed", "")
        st.rerun()
    st.info("Your question is asked as soon as this is over.", icon=":material/schedule:")
    progress(job)
    if st.button("Do not wait"):
        del st.session_state[WAITS_FOR]
        st.rerun()


def board(columns: list[Column], models: dict[str, tuple[str, str]]) -> None:
    """Draw all columns; while replies arrive, this alone is drawn again."""
    for place, space in enumerate(st.columns(len(columns))):
        with space:
            show_column(place, columns[place], models)
    _, last = st.session_state.get("asking", ("", st.session_state.get("last", [])))
    if WAITS_FOR in st.session_state:
        queued()
    elif any(reply.code == "memory_taken" for reply in last):
        queue_or_free()
    if "asking" in st.session_state:
        _, replies = st.session_state["asking"]
        if not any(reply.text for reply in replies) and vllm_is_starting():
            st.info("vLLM is loading the model, which takes a minute or more the first time.")
            with st.expander("What vLLM says"):
                st.code(vllm_log(), language=None)
        if st.button("Stop", icon=":material/stop:"):
            for reply in replies:
                reply.stop()
        if not any(reply.running for reply in replies):
            st.rerun()
