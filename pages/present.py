"""Present: one question at a time, the base model first, then the flip. By keyboard alone."""

import streamlit as st

from backend import replays
from backend.errors import UserError
from backend.replays import Replay
from backend.results import evaluation_jobs
from models.tables import Job
from pages.names import name_of
from pages.parts import plain, say
from pages.stage import draw, how_do_we_know, models_of, slides


def chooser() -> Replay | None:
    """Draw the choice of what is presented."""
    st.title("Present")
    st.markdown("Large type, one question at a time: first the base model, then what changed.")
    found = {job.id: job for job in evaluation_jobs()}
    left, right = st.columns(2, gap="large")
    with left:
        wanted = st.query_params.get("evaluation")
        place = list(found).index(wanted) if wanted in found else 0
        chosen = st.selectbox(
            "Evaluation of this lab", found, place, format_func=lambda key: name_of(found[key])
        )
        if chosen:
            st.query_params["evaluation"] = chosen
    with right:
        upload = st.file_uploader("Or a replay", type=["json"], key="replay-file")
    try:
        if upload:
            return replays.load(upload.getvalue())
        return recorded(chosen, _state(found[chosen])) if chosen else None
    except UserError as error:
        say(error)
        return None


def _state(job: Job) -> str:
    return f"{job.state} {job.done} {job.finished_at}"


@st.cache_data(max_entries=4)
def recorded(job_id: str, _state: str) -> Replay:
    """Return an evaluation as it stands."""
    return replays.record(job_id)


def offer(replay: Replay, is_replay: bool) -> None:
    """Draw what is about to be shown, and the button that begins."""
    if is_replay:
        badge(replay)
    if replay.probe.content_note:
        st.warning(replay.probe.content_note, icon=":material/visibility:")
    st.subheader(replay.probe.question)
    st.caption(f"{len(slides(replay))} slides · {', '.join(s.title for s in models_of(replay))}")
    st.button(
        "Begin", type="primary", icon=":material/slideshow:", shortcut="Space", on_click=_go,
        args=(replay, is_replay),
    )  # fmt: skip


def _go(replay: Replay, is_replay: bool) -> None:
    st.session_state["stage"] = {"replay": replay, "is_replay": is_replay, "step": 0, "number": 0}


def _move(key: str, by: int) -> None:
    stage = st.session_state["stage"]
    stage[key] = max(0, stage[key] + by)


def _leave() -> None:
    del st.session_state["stage"]


def badge(replay: Replay) -> None:
    """Say that this is a recording, and of when."""
    st.badge(
        plain(f"Replay of {replay.recorded_at[:10]} · whole and unchanged, "
              f"{replays.fingerprint(replay)}"),
        icon=":material/history:", color="orange",
    )  # fmt: skip


def present() -> None:
    """Draw the slide that is on stage."""
    stage = st.session_state["stage"]
    replay: Replay = stage["replay"]
    table, deck, count = replay.table(), slides(replay), len(models_of(replay))
    stage["step"] = min(stage["step"], len(deck) * count - 1)
    place, shown = divmod(stage["step"], count)
    if stage["is_replay"]:
        badge(replay)
    draw(replay, table, deck[place], shown + 1, stage["number"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", shortcut="Left", on_click=_move, args=("step", -1))
        st.button("Next", type="primary", shortcut="Space", on_click=_move, args=("step", 1))
        st.button("Skip", shortcut="Right", on_click=_move, args=("step", count - shown))
        st.button("Other answer", shortcut="Down", on_click=_move, args=("number", 1))
        know = st.toggle("How do we know?", key="know")
        st.button("Leave", shortcut="Esc", on_click=_leave)
        st.caption(f"{place + 1} of {len(deck)}")
    if know:
        how_do_we_know(replay, table, deck[place])


if "stage" in st.session_state:
    present()
elif replay := chooser():
    offer(replay, st.session_state.get("replay-file") is not None)
elif not evaluation_jobs():
    st.info("Nothing to present yet: probe a model first, or open a replay.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
