"""Present: one question at a time, the base model first, then the flip. By keyboard alone."""

import streamlit as st

from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.exports import replays
from backend.exports.replays import Replay
from components.names import name_of
from components.present.slides import parts_of, slides
from components.present.stage import closing, draw, how_do_we_know
from components.text import plain, say
from models.tables import Job


def chooser() -> tuple[Replay, str] | None:
    """Draw the choice of what is presented; return it, and a replay's fingerprint or nothing."""
    st.title("Present")
    st.markdown("Large type, one question at a time: first the base model, then what changed.")
    found = {job.id: job for job in evaluation_jobs()}
    left, right = st.columns(2, gap="large")
    with left:
        wanted = st.query_params.get("evaluation")
        if wanted and wanted not in found:
            st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
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
            content = upload.getvalue()
            return replays.load(content), replays.fingerprint(content)
        return (recorded(chosen, _state(found[chosen])), "") if chosen else None
    except UserError as error:
        say(error)
        return None


def _state(job: Job) -> str:
    return f"{job.state} {job.done} {job.finished_at}"


@st.cache_data(max_entries=4)
def recorded(job_id: str, _state: str) -> Replay:
    """Return an evaluation as it stands."""
    return replays.record(job_id)


def offer(replay: Replay, fingerprint: str) -> None:
    """Draw what is about to be shown, and the button that begins."""
    badge(replay, fingerprint)
    if replay.probe.content_note:
        st.warning(replay.probe.content_note, icon=":material/visibility:")
    st.subheader(replay.probe.question)
    titles = ", ".join(part.title for part in parts_of(replay, replay.table()))
    st.caption(f"{len(slides(replay))} slides, then what they all say · {plain(titles)}")
    st.button(
        "Begin",
        type="primary",
        icon=":material/slideshow:",
        shortcut="Space",
        on_click=_go,
        args=(replay, fingerprint),
    )


def _go(replay: Replay, fingerprint: str) -> None:
    shown = {"replay": replay, "table": replay.table(), "fingerprint": fingerprint}
    st.session_state["stage"] = shown | {"step": 0, "number": 0}


def _move(key: str, by: int) -> None:
    stage = st.session_state["stage"]
    stage[key] = max(0, stage[key] + by)


def _leave() -> None:
    del st.session_state["stage"]


def badge(replay: Replay, fingerprint: str) -> None:
    """Say that this is a recording, and of when; nothing where it is the lab's own evaluation."""
    if fingerprint:
        said = f"Replay of {replay.recorded_at[:10]} · whole and unchanged, {fingerprint}"
        st.badge(plain(said), icon=":material/history:", color="orange")


def present() -> None:
    """Draw the slide that is on stage."""
    stage = st.session_state["stage"]
    replay: Replay = stage["replay"]
    table, deck = stage["table"], slides(replay)
    count = len(parts_of(replay, table))
    stage["step"] = min(stage["step"], len(deck) * count)
    place, shown = divmod(stage["step"], count)
    slide = deck[place] if place < len(deck) else None
    badge(replay, stage["fingerprint"])
    if slide:
        draw(replay, table, slide, shown + 1, stage["number"])
    else:
        closing(table, replay.probe)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", shortcut="Left", on_click=_move, args=("step", -1))
        if slide:
            st.button("Next", type="primary", shortcut="Space", on_click=_move, args=("step", 1))
            st.button("Skip", shortcut="Right", on_click=_move, args=("step", count - shown))
            st.button("Other answer", shortcut="Down", on_click=_move, args=("number", 1))
        know = st.toggle("How do we know?", key="know")
        st.button("Leave", shortcut="Esc", on_click=_leave)
        st.caption(f"{place + 1} of {len(deck)}" if slide else "What they all say")
    if know:
        how_do_we_know(replay, table, slide)


if "stage" in st.session_state:
    present()
elif chosen := chooser():
    offer(*chosen)
elif not evaluation_jobs():
    st.info("Nothing to present yet: probe a model first, or open a replay.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
