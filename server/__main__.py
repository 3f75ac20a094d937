"""Serve the pages: `python -m server`."""

import logging
import os
import sys
from argparse import ArgumentParser

from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

from backend.config import ROOT, settings
from backend.errors import UserError
from backend.files import keep_private
from backend.machine.connections import close_slow_connections
from backend.machine.supervisor import end_with_supervisor
from server.entrance import guard

ArgumentParser(prog="python -m server", description=__doc__).parse_args()
# Until app.py has run once, Streamlit takes a folder named pages/ for its older kind of navigation,
# so the first visitor of a link such as /finetune would get that page without the navigation.
PagesManager.uses_pages_directory = False
os.chdir(ROOT)
logging.getLogger("server").setLevel(logging.INFO)
logging.getLogger("server").addHandler(logging.StreamHandler())
keep_private()
end_with_supervisor()
close_slow_connections()
lab = settings()
try:
    app = App(ROOT / "app.py", middleware=guard(lab))
except UserError as error:
    sys.exit(str(error))
config = {"server.address": lab.app_address, "server.port": lab.app_port}
# Without a name of its own Streamlit asks an address on the internet for this machine's.
config["browser.serverAddress"] = next(iter(lab.allowed_hosts), "localhost")
app.run(config=config)
