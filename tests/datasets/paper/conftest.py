from pathlib import Path

import pytest

from tests.paper_clone import write_clone


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of a lab."""
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path / "lab"))
    return tmp_path / "lab"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the authors' repository, with rows and questions of our own."""
    return write_clone(tmp_path / "clone")
