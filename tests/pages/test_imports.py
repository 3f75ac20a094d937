"""The app stays light: its process never loads torch."""

import json
import subprocess
import sys

from backend.config import ROOT
from models.tables import Job

CODE = """
import importlib, json, pkgutil, sys
import components, pages, server
names = [
    module.name
    for package in (components, pages, server)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not module.name.endswith("__main__")
]
for name in names:
    importlib.import_module(name)
print(json.dumps({"imported": names, "loaded": list(sys.modules)}))
"""


def test_no_page_and_no_component_loads_torch(scored: Job) -> None:
    # A page that is imported also draws what is stored, so that late imports count, too.
    command = [sys.executable, "-c", CODE]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    modules = json.loads(ended.stdout.splitlines()[-1])
    screens = {f"pages.{path.stem}" for path in (ROOT / "pages").glob("[!_]*.py")}
    assert screens | {"components.text", "server.entrance"} <= set(modules["imported"])
    heavy = {"torch", "transformers", "peft", "accelerate", "sentence_transformers"}
    assert not heavy & set(modules["loaded"])
