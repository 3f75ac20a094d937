"""Present: one question at a time, the base model first, then the flip. By keyboard alone."""

from dataclasses import dataclass

import streamlit as st

from backend.analysis.findings import Findings
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.exports import replays
from backend.exports.received import forget, receive
from backend.exports.replays import Replay
from components.address import keep_in_address
from components.evaluation.replay import open_replay, replay_badge, summaries
from components.names import name_of
from components.present.slides import parts_of, slides
from components.present.stage import closing, draw, how_do_we_know
from components.text import option, plain, say
from components.verdicts import standing_line

STAGE, UPLOADED = "stage", "replay-uploaded"
STEP = "step"
"""The part that is revealed, in the URL: a refresh or a second screen shows the same."""


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
    explained: bool = False
    """Whether it is said how we know."""
    acted: bool = True
    """Whether the presenter has just pressed something; otherwise the browser's Back may have."""


def chooser() -> tuple[Replay, str] | None:
    """Draw the choice of what is presented; return it with a replay's fingerprint or nothing."""
    st.title("Present")
    st.markdown("Large type, one question at a time: first the base model, then what changed.")
    left, right = st.columns(2, gap="large")
    with right:
        fingerprint = replay_chooser()
    with left:
        chosen = None if fingerprint else evaluation_chooser()
    return shown_by(chosen, fingerprint)


def evaluation_chooser() -> str | None:
    """Draw the choice of one of the lab's own evaluations, kept in the URL."""
    jobs = {job.id: job for job in evaluation_jobs()}
    wanted = st.query_params.get("evaluation")
    if wanted and wanted not in jobs:
        st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
    newest = next(iter(jobs), None)
    chosen = st.selectbox(
        "Evaluation of this lab",
        list(jobs),
        list(jobs).index(wanted) if wanted in jobs else 0,
        format_func=lambda key: option(name_of(jobs[key])),
    )
    if chosen:
        keep_in_address("evaluation", chosen, newest)
    return chosen


def replay_chooser() -> str | None:
    """Draw the choice of a replay, kept in the URL; a new file is kept in this lab."""
    upload = st.file_uploader("Or a replay", type=["json"], key="replay-file")
    if upload and st.session_state.get(UPLOADED) != upload.file_id:
        st.session_state[UPLOADED] = upload.file_id
        try:
            with st.spinner("Checking the replay …"):
                st.query_params["replay"] = receive(upload.getvalue())
        except UserError as error:
            say(error)
    names = {summary.fingerprint: summary.name for summary in summaries()}
    kept = list(names)
    wanted = st.query_params.get("replay")
    if wanted and wanted not in kept:
        st.warning("That replay is not in this lab; open its file here.")
        del st.query_params["replay"]
    if not kept:
        return None
    chosen = st.selectbox(
        "Replays in this lab",
        kept,
        kept.index(wanted) if wanted in kept else None,
        format_func=lambda key: option(names[key]),
        placeholder="none: an evaluation of this lab",
    )
    if not chosen:
        st.query_params.pop("replay", None)
        return None
    st.query_params["replay"] = chosen
    if st.button("Remove this replay", icon=":material/delete:", type="tertiary"):
        _ask_to_remove(chosen, names[chosen])
    return chosen


@st.dialog("Remove this replay?")
def _ask_to_remove(fingerprint: str, name: str) -> None:
    st.write(
        f"{plain(name)} leaves this lab, and Overview and Compare no longer show it. Its file can "
        "be opened here again."
    )
    with st.container(horizontal=True):
        if st.button("Remove it", type="primary"):
            forget(fingerprint)
            st.query_params.pop("replay", None)
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


def shown_by(evaluation: str | None, fingerprint: str | None) -> tuple[Replay, str] | None:
    """Return what the URL names, with a replay's fingerprint or nothing; say what is gone."""
    try:
        if fingerprint:
            return open_replay(fingerprint), fingerprint
        return (replays.record(evaluation), "") if evaluation else None
    except UserError as error:
        say(error)
        return None


def offer(replay: Replay, fingerprint: str) -> None:
    """Draw what is about to be shown, and the button that begins."""
    if fingerprint:
        replay_badge(replay, fingerprint)
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


def _acting() -> Show:
    show: Show = st.session_state[STAGE]
    show.acted = True
    return show


def _reveal(by: int) -> None:
    show = _acting()
    show.step = max(0, show.step + by)


def _other_answer() -> None:
    _acting().number += 1


def _explain() -> None:
    show = _acting()
    show.explained = not show.explained


def _leave() -> None:
    del st.session_state[STAGE]
    st.query_params.pop(STEP, None)


def resume() -> None:
    """Return to the stage and the step that the URL names, as after a refresh or Back.

    What has just been pressed counts more: the browser may send the URL from before that.
    """
    step, fingerprint = st.query_params.get(STEP, ""), st.query_params.get("replay")
    named = step.isdecimal() and len(step) <= 6
    if show := st.session_state.get(STAGE):
        if not show.acted and named:
            show.step = int(step)
        elif not show.acted:  # Back, from the first slide.
            del st.session_state[STAGE]
        show.acted = False
        return
    if not named:
        return
    if found := shown_by(st.query_params.get("evaluation"), fingerprint):
        replay, _ = found
        _begin(Show(replay, replay.findings(), fingerprint or "", int(step), acted=False))


def present() -> None:
    """Draw the slide that is on stage."""
    show: Show = st.session_state[STAGE]
    deck = slides(show.replay)
    count = len(parts_of(show.replay, show.findings))
    show.step = min(show.step, len(deck) * count)
    address = {} if show.fingerprint else {"evaluation": show.replay.job}
    st.query_params.update(address | {STEP: str(show.step)})  # One entry of the history.
    place, shown = divmod(show.step, count)
    slide = deck[place] if place < len(deck) else None
    if show.fingerprint:
        replay_badge(show.replay, show.fingerprint)
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
        # A button: a toggle would keep the keyboard focus once it was clicked.
        st.button("How do we know?", shortcut="h", on_click=_explain)
        st.button("Leave", shortcut="Esc", on_click=_leave)
        st.caption(f"{place + 1:,} of {len(deck):,}" if slide else "The findings")
    if show.explained:
        how_do_we_know(show.replay, show.findings, slide)


resume()
if STAGE in st.session_state:
    present()
elif chosen := chooser():
    offer(*chosen)
elif not evaluation_jobs():
    st.info("Nothing to present yet: probe a model first, or open a replay.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
