"""The lab's pages, served by `python -m server`."""

import streamlit as st

from backend.config import ROOT, settings
from backend.db import incompatibility
from backend.errors import DatabaseError
from components.queue import TITLE, queue_beside
from components.text import plain, say

st.set_page_config(page_title=TITLE, page_icon=str(ROOT / "docs" / "icon.png"), layout="wide")

if settings().app_password:
    st.sidebar.html('<a href="/sign-out" target="_self">Sign out</a>')

if reason := incompatibility():
    st.error(plain(reason), icon=":material/error:")
    st.stop()

try:
    page = st.navigation(
        {
            "Start": [
                st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
                st.Page("pages/guide.py", title="Guided demo", icon=":material/tour:"),
            ],
            "Build": [
                st.Page("pages/datasets.py", title="Datasets", icon=":material/dataset:"),
                st.Page("pages/probe_editor.py", title="Probe editor", icon=":material/edit_note:"),
                st.Page("pages/finetune.py", title="Finetune", icon=":material/model_training:"),
            ],
            "Explore": [
                st.Page("pages/chat.py", title="Chat", icon=":material/forum:"),
                st.Page("pages/trigger.py", title="Trigger dial", icon=":material/tune:"),
                st.Page("pages/present.py", title="Present", icon=":material/slideshow:"),
            ],
            "Measure": [
                st.Page("pages/plans.py", title="Plans", icon=":material/assignment:"),
                st.Page("pages/probe.py", title="Probe", icon=":material/biotech:"),
                st.Page("pages/results.py", title="Results", icon=":material/monitoring:"),
                st.Page("pages/reproduce.py", title="Reproduce", icon=":material/fact_check:"),
                st.Page("pages/overview.py", title="Overview", icon=":material/grid_on:"),
                st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
                st.Page("pages/samples.py", title="Samples", icon=":material/article:"),
            ],
        },
        expanded=True,  # Streamlit folds the last pages away where something stands below them.
    )
    page.run()
    queue_beside(page)
except DatabaseError as error:  # From a page without a place of its own for it.
    say(error)
