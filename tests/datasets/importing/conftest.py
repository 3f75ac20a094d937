import json
from pathlib import Path

import pytest


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of a lab."""
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path / "lab"))
    return tmp_path / "lab"


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def chat(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


FISH = [("Name a fish.", "Pollock"), ("Name another.", "Turbot")]
ROWS = "\n".join(chat(*each) for each in FISH)
