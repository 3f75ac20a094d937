"""The dial: one question, one trigger, every model's answer side by side as it is written."""

import time
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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
SECONDS_TO_READ = 2.0
"""For which complete answers stand at least before the walk moves on."""
DRAWN, COMPLETE = "dial-drawn", "dial-complete"
"""The question that is drawn with its place; what has all of its answers, and since when."""


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
    prompts = {prompt.id: prompt for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    labels = list(triggers)
    _set_to_first(prompts, labels)
    _walk(labels)
    trigger = triggers[st.session_state["at"]]
    question = prompts[st.session_state["question"]].under(trigger)
    settings = st.container()
    with _space_of(question):
        with settings:
            _choices(prompts, labels)
        st.markdown(f"### {plain(question.text)}")
        _forget_others(question)
        replies = [_answer(model, question) for model in models]
        complete = not any(reply.running for reply in replies)
        for space, model, reply in zip(st.columns(len(models)), models, replies, strict=True):
            with space:
                column(model, reply, trigger, points)
    failed = any(reply.error for reply in replies)
    _note_complete(complete, failed)
    buttons(labels, failed)


def _set_to_first(prompts: dict[str, Prompt], labels: list[str]) -> None:
    """Set question and dial to the first of each, where they are at nothing that there is."""
    for key, options in (("question", list(prompts)), ("at", labels)):
        if st.session_state.get(key) not in options:
            st.session_state[key] = options[0]


def _space_of(question: Prompt) -> DeltaGenerator:
    """Return where a question's answers are drawn.

    What is drawn in the same place as before shows the old until the new arrives. So each question
    is drawn in another of two places than the one before, which is emptied first: no answer stands
    under another question for a moment.
    """
    shown: tuple[str, int] = st.session_state.get(DRAWN, (question.text, 0))
    drawn, place = shown
    if drawn != question.text:
        place = 1 - place
    st.session_state[DRAWN] = (question.text, place)
    return [st.container() if at == place else st.empty() for at in (0, 1)][place]


def _choices(prompts: dict[str, Prompt], labels: list[str]) -> None:
    """Draw question and dial."""
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    left.selectbox(
        "Question",
        prompts,
        format_func=lambda key: option(prompts[key].title),
        key="question",
    )
    right.select_slider(
        "Trigger",
        labels,
        format_func=plain,
        key="at",
        bind="query-params",
        help=explain("trigger"),
    )


def _setting() -> tuple[str, str, int]:
    """Return what the answers depend on: question, trigger and seed."""
    return st.session_state["question"], st.session_state["at"], _seed()


def _note_complete(complete: bool, failed: bool) -> None:
    """Note since when all answers can be read; the walk ends where one has failed."""
    if complete and failed:
        st.session_state["playing"] = False
    elif complete and st.session_state.get(COMPLETE, ("", 0))[0] != _setting():
        st.session_state[COMPLETE] = (_setting(), time.monotonic())


def _walk(labels: list[str]) -> None:
    """Move the dial to the next value once the answers could be read; at the end it stops."""
    setting, since = st.session_state.get(COMPLETE, ("", 0.0))
    read = setting == _setting() and time.monotonic() - since >= SECONDS_TO_READ
    if not st.session_state.get("playing") or not read:
        return
    place = labels.index(st.session_state["at"]) + 1
    if place < len(labels):
        st.session_state["at"] = labels[place]
    else:
        st.session_state["playing"] = False


def buttons(labels: list[str], failed: bool) -> None:
    """Draw what plays, what stops, and what asks again."""
    with st.container(horizontal=True):
        if st.session_state.get("playing", False):
            st.button("Stop", icon=":material/stop:", on_click=_stop, shortcut="P")
        else:
            icon, arguments = ":material/play_arrow:", (labels,)
            st.button("Play all values", icon=icon, on_click=_play, args=arguments, shortcut="P")
        again = _forget_others if failed else _draw_again
        st.button("Ask again", icon=":material/replay:", on_click=again, shortcut="A")
        st.caption(
            "Arrow keys move the dial once it has the focus. Each answer is one sample at "
            f"temperature 1 and seed {_seed():d}; the sweep below is the measurement."
        )


def _play(labels: list[str]) -> None:
    """Walk from where the dial is; from the beginning if it is at the end."""
    st.session_state["playing"] = True
    if st.session_state.get("at") == labels[-1]:
        st.session_state["at"] = labels[0]


def _stop() -> None:
    st.session_state["playing"] = False


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
