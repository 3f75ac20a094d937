"""Received replays: opened by the URL, and marked as recordings wherever they are shown."""

import streamlit as st

from backend.exports.received import read_received
from backend.exports.replays import Replay
from components.text import in_badge


@st.cache_data(show_spinner="Checking the replay …", max_entries=16)
def open_replay(fingerprint: str) -> Replay:
    """Return a received replay; cached, since its file never changes.

    Raises:
        UserError: there is none, or it is damaged.
    """
    return read_received(fingerprint)


def replay_badge(replay: Replay, fingerprint: str) -> None:
    """Mark what is shown as a recording, with its date."""
    text = f"Replay of {replay.recorded_at[:10]} · complete and unchanged, {fingerprint}"
    st.badge(in_badge(text), icon=":material/history:", color="orange")


def replay_name(replay: Replay, fingerprint: str) -> str:
    """Return what a replay is called in a list."""
    models = f"{len(replay.subjects)} models"
    return f"{replay.probe.title} · {models} · recorded {replay.recorded_at[:10]} · {fingerprint}"
