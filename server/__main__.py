"""Serve the pages: `python -m server`."""

import os
import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

from backend.config import ROOT, settings
from backend.errors import UserError
from server.entrance import guard

# Streamlit takes a folder called pages/ for its older kind of navigation until app.py has run once,
# so the very first visitor of a link such as /finetune would get the page without app.py around it.
PagesManager.uses_pages_directory = False
os.chdir(ROOT)
set_up = settings()
try:
    app = App(ROOT / "app.py", middleware=guard(set_up))
except UserError as error:
    sys.exit(str(error))
app.run(config={"server.address": set_up.app_address, "server.port": set_up.app_port})
