"""Present: one question at a time, the base model first, then the flip. By keyboard alone."""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from backend.analysis.findings import Findings
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.exports import replays
from backend.exports.replays import Replay
from components.names import name_of
from components.present.slides import parts_of, slides
from components.present.stage import closing, draw, how_do_we_know
from components.text import in_badge, option, plain, say
from components.verdicts import standing_line

STAGE = "stage"


@dataclass
class Show:
    """A presentation: what it shows, and how far it is."""

    replay: Replay
    findings: Findings
    fingerprint: str
    """Of the replay's file; empty for an evaluation of this lab."""
    step: int = 0
    """Parts that are revealed, over all slides."""
    number: int = 0
    """Of the sampled answer that is shown."""


def chooser() -> tuple[Replay, str] | None:
    """Draw the choice of what is presented; return it with a replay's fingerprint or nothing."""
    st.title("Present")
    st.markdown("Large type, one question at a time: first the base model, then what changed.")
    jobs = {job.id: job for job in evaluation_jobs()}
    left, right = st.columns(2, gap="large")
    with left:
        wanted = st.query_params.get("evaluation")
        if wanted and wanted not in jobs:
            st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
        place = list(jobs).index(wanted) if wanted in jobs else 0
        chosen = st.selectbox(
            "Evaluation of this lab",
            list(jobs),
            place,
            format_func=lambda key: option(name_of(jobs[key])),
        )
        if chosen:
            st.query_params["evaluation"] = chosen
    with right:
        upload = st.file_uploader("Or a replay", type=["json"], key="replay-file")
    try:
        if upload:
            return read_replay(upload.file_id, upload)
        return (replays.record(chosen), "") if chosen else None
    except UserError as error:
        say(error)
        return None


@st.cache_data(show_spinner="Checking the replay …", max_entries=4)
def read_replay(file_id: str, _file: UploadedFile) -> tuple[Replay, str]:
    """Return an uploaded replay and its fingerprint; cached, so that each upload is read once."""
    return replays.read(_file.getvalue())


def offer(replay: Replay, fingerprint: str) -> None:
    """Draw what is about to be shown, and the button that begins."""
    badge(replay, fingerprint)
    if replay.probe.content_note:
        st.warning(plain(replay.probe.content_note), icon=":material/visibility:")
    findings = replay.findings()
    st.subheader(plain(replay.probe.question))
    standing_line(replay.standing)
    titles = ", ".join(part.title for part in parts_of(replay, findings))
    st.caption(f"{len(slides(replay)):,} slides, then the findings · {plain(titles)}")
    st.button(
        "Begin",
        type="primary",
        icon=":material/slideshow:",
        shortcut="Space",
        on_click=_begin,
        args=(Show(replay, findings, fingerprint),),
    )


def _begin(show: Show) -> None:
    st.session_state[STAGE] = show


def _reveal(by: int) -> None:
    show: Show = st.session_state[STAGE]
    show.step = max(0, show.step + by)


def _other_answer() -> None:
    st.session_state[STAGE].number += 1


def _leave() -> None:
    del st.session_state[STAGE]


def badge(replay: Replay, fingerprint: str) -> None:
    """Mark a replay as a recording, with its date; draw nothing for the lab's own evaluation."""
    if fingerprint:
        text = f"Replay of {replay.recorded_at[:10]} · complete and unchanged, {fingerprint}"
        st.badge(in_badge(text), icon=":material/history:", color="orange")


def present() -> None:
    """Draw the slide that is on stage."""
    show: Show = st.session_state[STAGE]
    deck = slides(show.replay)
    count = len(parts_of(show.replay, show.findings))
    show.step = min(show.step, len(deck) * count)
    place, shown = divmod(show.step, count)
    slide = deck[place] if place < len(deck) else None
    badge(show.replay, show.fingerprint)
    if slide:
        draw(show.replay, show.findings, slide, shown + 1, show.number)
    else:
        closing(show.findings)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", shortcut="Left", on_click=_reveal, args=(-1,))
        if slide:
            st.button("Next", type="primary", shortcut="Space", on_click=_reveal, args=(1,))
            st.button("Skip", shortcut="Right", on_click=_reveal, args=(count - shown,))
            st.button("Other answer", shortcut="Down", on_click=_other_answer)
        know = st.toggle("How do we know?", key="know")
        st.button("Leave", shortcut="Esc", on_click=_leave)
        st.caption(f"{place + 1:,} of {len(deck):,}" if slide else "The findings")
    if know:
        how_do_we_know(show.replay, show.findings, slide)


if STAGE in st.session_state:
    present()
elif chosen := chooser():
    offer(*chosen)
elif not evaluation_jobs():
    st.info("Nothing to present yet: probe a model first, or open a replay.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
