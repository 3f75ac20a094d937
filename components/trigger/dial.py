"""The dial: one question, one trigger, every model's answer side by side as it is written."""

import streamlit as st

from backend.analysis.effects import ROLES, SweepPoint
from backend.base_models.cards import get_card
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.probes.loading import Probe, Prompt
from backend.runs.queries import role_of, title_of_run
from components.chat.board import answer_box
from components.text import plain
from models.configs import Trigger
from models.tables import Run

TOKENS = 60
"""Of each answer; a flip shows in the first sentence."""
Model = tuple[str, str, str]
"""What the gateway calls it, its name for people, its role."""


def models_of(base_model: str, runs: list[Run]) -> list[Model]:
    """Return the base model and the runs, in the order of the columns."""
    columns = [(run.id, title_of_run(run), role_of(run)) for run in runs]
    columns.sort(key=lambda each: ROLES.index(each[2]))
    return [(base_model, get_card(base_model).title, "base"), *columns]


def dial(probe: Probe, models: list[Model], points: list[SweepPoint]) -> None:
    """Draw question, dial and answers; draws itself again while answers arrive."""
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    busy = _busy()
    st.fragment(_dial, run_every=0.3 if busy else None)(probe, models, points, titles, busy)


def _dial(
    probe: Probe, models: list[Model], points: list[SweepPoint], titles: dict[str, str], busy: bool
) -> None:
    labels = [trigger.label for trigger in probe.triggers]
    if st.session_state.get("playing") and not any(r.running for r in _answers().values()):
        _advance(labels)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    asked = left.selectbox("Question", titles, format_func=titles.get, key="question")
    if st.session_state.get("at") not in labels:
        st.session_state["at"] = labels[0]
    label = right.select_slider("Trigger", labels, key="at", bind="query-params")
    prompt = next(each for each in probe.prompts if each.id == asked)
    trigger = next(each for each in probe.triggers if each.label == label)
    question = prompt.under(trigger)
    st.markdown(f"### {plain(question.text)}")
    _forget_others(question)
    replies = [_answer(model, question) for model in models]
    for space, model, reply in zip(st.columns(len(models)), models, replies, strict=True):
        with space:
            column(model, reply, trigger, points)
    buttons(any(reply.error for reply in replies))
    if busy != _busy():
        st.rerun()  # The whole page, so that it is looked at again or no longer.


def _advance(labels: list[str]) -> None:
    """Turn the dial to the next value; at the end it stops."""
    place = labels.index(st.session_state.get("at", labels[0])) + 1
    if place < len(labels):
        st.session_state["at"] = labels[place]
    else:
        st.session_state["playing"] = False


def buttons(failed: bool) -> None:
    """Draw what plays, what stops, and what asks again where an answer failed."""
    playing = st.session_state.get("playing", False)
    with st.container(horizontal=True):
        if playing:
            st.button("Stop", icon=":material/stop:", on_click=_play, args=(False,), shortcut="P")
        else:
            icon = ":material/play_arrow:"
            st.button("Walk through", icon=icon, on_click=_play, args=(True,), shortcut="P")
        again = _forget_others if failed else _draw_again
        st.button("Ask again", icon=":material/replay:", on_click=again, shortcut="A")
        st.caption(
            "Arrow keys turn the dial once it has the focus. Each answer is one draw, at "
            f"temperature 1 and seed {_seed()}; the sweep below is what counts."
        )


def _play(playing: bool) -> None:
    st.session_state["playing"] = playing


def _seed() -> int:
    return int(st.session_state.get("dial-seed", 1))


def _draw_again() -> None:
    """Draw all answers anew, by the next seed."""
    st.session_state["dial-seed"] = _seed() + 1
    for reply in _answers().values():
        reply.stop()
    _answers().clear()


def _answers() -> dict[tuple[str, str], Reply]:
    """Return this visitor's answers by model and question."""
    answers: dict[tuple[str, str], Reply] = st.session_state.setdefault("answers", {})
    return answers


def _busy() -> bool:
    return st.session_state.get("playing", False) or any(r.running for r in _answers().values())


def _forget_others(question: Prompt | None = None) -> None:
    """Stop answers to other questions that still arrive; forget them and those that failed."""
    for key, reply in list(_answers().items()):
        if (not question or key[1] != question.text) and (reply.running or reply.error):
            _answers().pop(key).stop()


def _answer(model: Model, question: Prompt) -> Reply:
    """Return a model's answer, asked for once; one that failed is not asked for by itself again."""
    key = (model[0], question.text)
    if key not in _answers():
        wanted = Column(model=model[0], is_run=model[2] != "base")
        settings = ChatSettings(max_tokens=TOKENS, seed=_seed())
        _answers()[key] = Reply(wanted, settings, question.messages())
    return _answers()[key]


def column(model: Model, reply: Reply, trigger: Trigger, points: list[SweepPoint]) -> None:
    """Draw one model's answer, and its contrast where it is known."""
    key, title, role = model
    answer_box(title, role, reply, key if role != "base" else None)
    known = [p for p in points if p.role == role and p.trigger == trigger.label]
    if len(known) == 1:
        st.caption(f"Contrast {known[0].estimate.value:+.2f} nats over all its questions")
