"""The chat's board: every column's replies as they arrive, as plain text."""

import streamlit as st

from backend import jobs, memory
from backend.client import vllm_is_starting, vllm_log
from backend.errors import UserError
from backend.streaming import Column, Reply
from pages.chat_setup import title_of
from pages.parts import plain, say
from pages.verdicts import model_badge


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
        st.text(text or "(an empty reply)")


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
        st.caption(
            f"{reply.tokens:,} tokens · {reply.tokens_per_second:.0f} tokens/s"
            + end.get(reply.finish_reason, "")
        )


def free_memory() -> None:
    """Draw the way to chat at once where a job has the memory."""
    job = memory.holder()
    if job and st.button("Stop it and free its memory", icon=":material/memory:", key="free"):
        jobs.cancel(job.id)
        st.info("It stops. Ask again in a moment; a retry of the job goes on where it was.")


def board(columns: list[Column], models: dict[str, tuple[str, str]]) -> None:
    """Draw all columns; while replies arrive, this alone is drawn again."""
    for place, space in enumerate(st.columns(len(columns))):
        with space:
            show_column(place, columns[place], models)
    _, last = st.session_state.get("asking", ("", st.session_state.get("last", [])))
    if any(reply.code == "memory_taken" for reply in last):
        free_memory()
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
