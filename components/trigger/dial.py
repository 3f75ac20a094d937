"""The dial: one question, one trigger, every model's answer side by side as it is written."""

from typing import NamedTuple

import streamlit as st

from backend.analysis.effects import ROLES, SweepPoint
from backend.base_models.cards import get_card
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.probes.loading import Probe, Prompt
from backend.runs.queries import role_of, title_of_run
from components.chat.board import answer_box
from components.glossary import explain
from components.refresh import live
from components.text import option, plain
from models.configs import Trigger
from models.tables import Run

TOKENS = 60
"""Of each answer; a flip shows in the first sentence."""


class Model(NamedTuple):
    """One column of the dial."""

    name: str
    """What the gateway calls it: a base model's name or a run's id."""
    title: str
    role: str


def models_of(base_model: str, runs: list[Run]) -> list[Model]:
    """Return the base model and the runs, in the order of the columns."""
    columns = [Model(run.id, title_of_run(run), role_of(run)) for run in runs]
    columns.sort(key=lambda model: ROLES.index(model.role))
    return [Model(base_model, get_card(base_model).title, "base"), *columns]


def dial(probe: Probe, models: list[Model], points: list[SweepPoint]) -> None:
    """Draw question, dial and answers; redrawn while answers arrive."""
    live(_dial, _busy, every=0.3)(probe, models, points)


def _dial(probe: Probe, models: list[Model], points: list[SweepPoint]) -> None:
    prompt, trigger = _choices(probe)
    question = prompt.under(trigger)
    st.markdown(f"### {plain(question.text)}")
    _forget_others(question)
    replies = [_answer(model, question) for model in models]
    for space, model, reply in zip(st.columns(len(models)), models, replies, strict=True):
        with space:
            column(model, reply, trigger, points)
    buttons(any(reply.error for reply in replies))


def _choices(probe: Probe) -> tuple[Prompt, Trigger]:
    """Draw question and dial; return what they are set to."""
    prompts = {prompt.id: prompt for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    labels = list(triggers)
    if st.session_state.get("playing") and not _running():
        _advance(labels)
    if st.session_state.get("at") not in triggers:
        st.session_state["at"] = labels[0]
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    prompt = left.selectbox(
        "Question",
        prompts,
        format_func=lambda key: option(prompts[key].title),
        key="question",
    )
    label = right.select_slider(
        "Trigger",
        labels,
        format_func=plain,
        key="at",
        bind="query-params",
        help=explain("trigger"),
    )
    return prompts[prompt], triggers[label]


def _advance(labels: list[str]) -> None:
    """Move the dial to the next value; at the end it stops."""
    place = labels.index(st.session_state.get("at", labels[0])) + 1
    if place < len(labels):
        st.session_state["at"] = labels[place]
    else:
        st.session_state["playing"] = False


def buttons(failed: bool) -> None:
    """Draw what plays, what stops, and what asks again."""
    playing = st.session_state.get("playing", False)
    with st.container(horizontal=True):
        if playing:
            st.button("Stop", icon=":material/stop:", on_click=_play, args=(False,), shortcut="P")
        else:
            icon = ":material/play_arrow:"
            st.button("Play all values", icon=icon, on_click=_play, args=(True,), shortcut="P")
        again = _forget_others if failed else _draw_again
        st.button("Ask again", icon=":material/replay:", on_click=again, shortcut="A")
        st.caption(
            "Arrow keys move the dial once it has the focus. Each answer is one sample at "
            f"temperature 1 and seed {_seed():d}; the sweep below is the measurement."
        )


def _play(playing: bool) -> None:
    st.session_state["playing"] = playing


def _seed() -> int:
    return int(st.session_state.get("dial-seed", 1))


def _draw_again() -> None:
    """Sample all answers again, with the next seed."""
    st.session_state["dial-seed"] = _seed() + 1
    for reply in _answers().values():
        reply.stop()
    _answers().clear()


def _answers() -> dict[tuple[str, str], Reply]:
    """Return this visitor's answers by model and question."""
    answers: dict[tuple[str, str], Reply] = st.session_state.setdefault("answers", {})
    return answers


def _running() -> bool:
    return any(reply.running for reply in _answers().values())


def _busy() -> bool:
    return st.session_state.get("playing", False) or _running()


def _forget_others(question: Prompt | None = None) -> None:
    """Stop answers to other questions that still arrive; forget them and those that failed."""
    for key, reply in list(_answers().items()):
        if (not question or key[1] != question.text) and (reply.running or reply.error):
            _answers().pop(key).stop()


def _answer(model: Model, question: Prompt) -> Reply:
    """Return a model's answer; it is asked once, also if that fails."""
    key = (model.name, question.text)
    if key not in _answers():
        column = Column(model=model.name, is_run=model.role != "base")
        settings = ChatSettings(max_tokens=TOKENS, seed=_seed())
        _answers()[key] = Reply(column, settings, question.messages())
    return _answers()[key]


def column(model: Model, reply: Reply, trigger: Trigger, points: list[SweepPoint]) -> None:
    """Draw one model's answer, and its contrast where it is known."""
    run_id = model.name if model.role != "base" else None
    answer_box(model.title, model.role, reply, model.name, run_id)
    known = [p for p in points if p.role == model.role and p.trigger == trigger.label]
    if len(known) == 1:
        contrast = f"Mean contrast over all questions: {known[0].estimate.value:+.2f} nats"
        st.caption(contrast, help=explain("contrast"))
