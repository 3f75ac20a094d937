"""Text as pages draw it: times, escaped text from outside, errors."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import humanize
import streamlit as st

from models.tables import now


def ago(moment: datetime) -> str:
    """Return a time relative to now: "2 minutes ago"."""
    return humanize.naturaltime(now() - moment)


def at(moment: datetime) -> str:
    """Return a time that never changes, in the browser's time zone: "25 Nov, 14:32:07"."""
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return f"{moment.astimezone(zone):%-d %b, %H:%M:%S}"


def plain(text: str) -> str:
    """Escape text from datasets and models, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", text)


def say(error: Exception) -> None:
    """Show an error that the user can fix."""
    st.error(str(error), icon=":material/error:")
