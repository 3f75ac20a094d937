"""The chat's columns: answers as they arrive, as plain text."""

import streamlit as st

from backend.chat import answering, conversations
from backend.chat.client import vllm_is_starting, vllm_log
from backend.chat.conversations import CUT, STOPPED, Answer, Turn
from backend.chat.streaming import Column, Reply
from backend.errors import NotFoundError, UserError
from backend.jobs.queue import cancel, get_job
from backend.runs.memory import running_job
from backend.text import visible
from components.chat.setup import ModelLabel, title_of
from components.chat.state import ChatState, chat_state, shown_turns
from components.job import progress
from components.origin import origin_line
from components.passage import passage
from components.text import plain, say
from components.verdicts import model_badge

ENDINGS = {"length": " · stopped at max tokens", STOPPED: " · stopped"}


def is_busy() -> bool:
    """Whether the board changes by itself: an answer grows, or waits for a job."""
    return bool(chat_state().waits_for) or any(turn.is_growing for turn in shown_turns())


def board(columns: list[Column], models: dict[str, ModelLabel]) -> None:
    """Draw all columns; while answers arrive, only this part of the page is drawn again."""
    chat, turns = chat_state(), shown_turns()
    for place, space in enumerate(st.columns(len(columns))):
        with space:
            show_column(place, columns[place], models, turns)
    if not turns:
        return
    if chat.waits_for:
        wait_for_job(chat, turns[-1])
    elif any(answer.code == "memory_taken" for answer in turns[-1].answers):
        memory_choices(chat)
    for turn in turns:
        if turn.is_growing:
            stop_button(turn)
        elif any(answer.is_missing and answer.request for answer in turn.answers):
            again_button(chat.conversation, turn, turns.index(turn) + 1)


def show_column(
    place: int, column: Column, models: dict[str, ModelLabel], turns: list[Turn]
) -> None:
    """Draw one column's answers as plain text, in a space that does not grow."""
    title, role = models.get(column.model, ModelLabel("no model", "base"))
    with st.container(height=420, border=True, autoscroll=True):
        model_badge(title, role, column.model if column.is_run else None)
        for turn in turns:
            message("user", turn.question, f"question-{turn.id}-{place}")
            for answer in turn.of(place):
                if answer.model != column.model:
                    st.caption(plain(f"Answered by {title_of(answer.model, models)}"))
                show_answer(answer)


def show_answer(answer: Answer) -> None:
    """Draw an answer as far as it has come, what produced it, its pace, and how it ended."""
    empty = "…" if answer.ending is None else "(empty answer)"
    if answer.text or not answer.is_missing:
        message("assistant", answer.text or empty, f"answer-{answer.id}")
    origin_line(answer.origin)
    if answer.tokens:
        pace = answer.tokens_per_second
        speed = f" · {pace:.0f} tokens/s" if pace else ""
        st.caption(f"{answer.tokens:,} tokens{speed}{ENDINGS.get(answer.ending or '', '')}")
    elif answer.ending == STOPPED:
        st.caption("stopped")
    if answer.error:
        say(UserError(answer.error))
    elif answer.ending == CUT:
        st.warning("Cut off: the lab was stopped before this answer was complete.")


def message(role: str, text: str, key: str) -> None:
    """Draw one message; a model's text is never read as Markdown or HTML."""
    with st.chat_message(role):
        passage(text, key)


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


def wait_for_job(chat: ChatState, turn: Turn) -> None:
    """Draw the job that missing answers wait for, and ask for them once the job has ended."""
    try:
        job = get_job(chat.waits_for)
    except NotFoundError:  # Only a job that has ended can be deleted.
        job = None
    if job is None or job.state.is_final:
        chat.waits_for = ""
        answering.ask_again(chat.conversation, turn)
        st.rerun()
    st.info("Your question will be asked when this job has ended.", icon=":material/schedule:")
    progress(job)
    if st.button("Do not wait"):
        chat.waits_for = ""
        st.rerun()


def stop_button(turn: Turn) -> None:
    """Draw what stops the answers that still grow."""
    if not any(answer.text for answer in turn.answers) and vllm_is_starting():
        st.info("vLLM is loading the model, which takes a minute or more the first time.")
        with st.expander("vLLM log"):
            st.code(visible(vllm_log()), language=None)
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"stop-{turn.id}",
        on_click=conversations.stop,
        args=(turn,),
    )


def again_button(conversation_id: str, turn: Turn, number: int) -> None:
    """Draw what asks again for a turn's missing answers; the others stay."""
    st.button(
        f"Ask again for what is missing of question {number:d}",
        icon=":material/refresh:",
        key=f"again-{turn.id}",
        on_click=answering.ask_again,
        args=(conversation_id, turn),
    )
