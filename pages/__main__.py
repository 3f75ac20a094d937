"""Serve the pages: `python -m pages` is `streamlit run app.py` without a guess about pages/."""

import os
import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from backend.config import ROOT, settings

# Streamlit takes a folder called pages/ for its older kind of navigation until app.py has run once,
# so the very first visitor of a link such as /finetune would get the page without app.py around it.
PagesManager.uses_pages_directory = False
os.chdir(ROOT)
sys.argv = ["streamlit", "run", "app.py", "--server.port", str(settings().app_port)]
sys.exit(cli.main())
