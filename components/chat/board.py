"""The chat's columns: replies as they arrive, as plain text."""

import streamlit as st

from backend.chat.client import vllm_is_starting, vllm_log
from backend.chat.streaming import Column, Reply
from backend.errors import NotFoundError, UserError
from backend.jobs.queue import cancel, get_job
from backend.runs.memory import running_job
from backend.text import visible
from components.chat.setup import ModelLabel, title_of
from components.chat.state import ChatState, Pending, chat_state
from components.job import progress
from components.origin import origin_line
from components.passage import passage
from components.text import plain, say
from components.verdicts import model_badge

ENDINGS = {"length": " · stopped at max tokens", "stopped": " · stopped"}


def board(columns: list[Column], models: dict[str, ModelLabel]) -> None:
    """Draw all columns; while replies arrive, only this part of the page is drawn again."""
    chat = chat_state()
    for place, space in enumerate(st.columns(len(columns))):
        with space:
            show_column(place, columns[place], models, chat)
    if chat.waits_for:
        wait_for_job(chat)
    elif any(reply.code == "memory_taken" for reply in chat.replies):
        memory_choices(chat)
    if chat.pending:
        stop_button(chat.pending)


def show_column(place: int, column: Column, models: dict[str, ModelLabel], chat: ChatState) -> None:
    """Draw one column's replies as plain text, in a space that does not grow."""
    title, role = models.get(column.model, ModelLabel("no model", "base"))
    with st.container(height=420, border=True, autoscroll=True):
        model_badge(title, role, column.model if column.is_run else None)
        for number, turn in enumerate(chat.turns):
            where = f"{number}-{place}"
            message("user", turn.question, f"question-{where}")
            if place < len(turn.replies):
                if turn.models[place] != column.model:
                    st.caption(plain(f"Answered by {title_of(turn.models[place], models)}"))
                message("assistant", turn.replies[place], f"reply-{where}")
                origin_line(turn.origins[place])
        if question := chat.pending.question if chat.pending else chat.failed:
            message("user", question, f"question-{place}")
        if place < len(chat.replies):
            last_reply(chat.replies[place], place, arriving=chat.pending is not None)


def message(role: str, text: str, key: str) -> None:
    """Draw one message; a model's text is never read as Markdown or HTML."""
    with st.chat_message(role):
        passage(text or "(no answer)", key)


def answer_box(
    title: str, role: str, reply: Reply | None, key: str, run_id: str | None = None
) -> None:
    """Draw one model's only answer as plain text, in a space that does not grow."""
    with st.container(height=230, border=True, autoscroll=True):
        model_badge(title, role, run_id)
        if reply is None:
            st.text("Not asked yet.")
        elif reply.error:
            say(UserError(reply.error))
        else:
            arriving = reply.running  # Read before the text, which may end in between.
            passage(reply.text or ("…" if arriving else "(no answer)"), f"answer-{key}")
            origin_line(reply.origin)


def last_reply(reply: Reply, place: int, arriving: bool) -> None:
    """Draw a reply that is arriving, or how the last one ended."""
    if reply.error:
        say(UserError(reply.error))
    elif arriving:
        message("assistant", reply.text or "…", f"reply-{place}")
        origin_line(reply.origin)
    else:
        pace = reply.tokens_per_second
        speed = f" · {pace:.0f} tokens/s" if pace else ""
        ending = ENDINGS.get(reply.finish_reason, "")
        st.caption(f"{reply.tokens:,} tokens{speed}{ending}")


def memory_choices(chat: ChatState) -> None:
    """Draw the two ways to chat while a job holds the memory: after it, or instead of it."""
    job = running_job()
    if job is None:
        return
    with st.container(horizontal=True):
        if st.button("Ask when the job is done", icon=":material/schedule:", key="queue"):
            chat.waits_for = job.id
            st.rerun()
        if st.button("Cancel the job and free its memory", icon=":material/memory:", key="free"):
            cancel(job.id)
            st.info("Stopping. Ask again in a moment. Retrying the job resumes it.")


def wait_for_job(chat: ChatState) -> None:
    """Draw the job that the failed question waits for, and ask again once the job has ended."""
    try:
        job = get_job(chat.waits_for)
    except NotFoundError:  # Only a job that has ended can be deleted.
        job = None
    if job is None or job.state.is_final:
        chat.waits_for, chat.next_question = "", chat.failed
        st.rerun()
    st.info("Your question will be asked when this job has ended.", icon=":material/schedule:")
    progress(job)
    if st.button("Do not wait"):
        chat.waits_for = ""
        st.rerun()


def stop_button(pending: Pending) -> None:
    """Draw what stops the replies, and draw the whole page again when all have ended."""
    if not any(reply.text for reply in pending.replies) and vllm_is_starting():
        st.info("vLLM is loading the model, which takes a minute or more the first time.")
        with st.expander("vLLM log"):
            st.code(visible(vllm_log()), language=None)
    if st.button("Stop", icon=":material/stop:"):
        for reply in pending.replies:
            reply.stop()
    if not pending.running:
        st.rerun()
