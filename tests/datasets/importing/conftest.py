from pathlib import Path

import pytest


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of a lab."""
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path / "lab"))
    return tmp_path / "lab"
