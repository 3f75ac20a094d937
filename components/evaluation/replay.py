"""Received replays: opened by the URL, and marked as recordings wherever they are shown."""

from contextlib import suppress

import streamlit as st
from pydantic import BaseModel, ConfigDict

from backend.analysis.finding import Finding
from backend.errors import UserError
from backend.exports.received import read_received, received
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


class Summary(BaseModel):
    """What lists tell of a replay."""

    model_config = ConfigDict(frozen=True)

    fingerprint: str
    probe: str
    """Its title."""
    base_model: str
    models: int
    recorded: str
    """The date."""
    headline: list[Finding]
    """The effects by which it is judged."""

    @property
    def name(self) -> str:
        """What it is called in a list to choose from."""
        parts = [self.probe, f"{self.models} models", f"recorded {self.recorded}", self.fingerprint]
        return " · ".join(parts)


def summaries() -> list[Summary]:
    """Return the summaries of all received replays that are not damaged, the newest first."""
    found = []
    for fingerprint in received():
        with suppress(UserError):  # A damaged file; Present offers to open it again.
            found.append(_summary(fingerprint))
    return found


@st.cache_data(show_spinner="Checking the replays …", max_entries=1000)
def _summary(fingerprint: str) -> Summary:
    """Return a replay's summary; kept apart from the replays, which are large."""
    replay = open_replay(fingerprint)
    return Summary(
        fingerprint=fingerprint,
        probe=replay.probe.title,
        base_model=replay.config.base_model,
        models=len(replay.subjects),
        recorded=replay.recorded_at[:10],
        headline=replay.findings().headline,
    )
