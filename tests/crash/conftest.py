"""A run that nothing interrupts, and a probe that is quickly asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.base_models.cards import add_folder
from backend.jobs.files import log_tail
from backend.runs.submit import submit_run
from models.tables import JobState
from tests.crash.held_engine import HeldEngine, held_engine
from tests.crash.outcome import Outcome, outcome_of
from tests.example_runs import small_run
from tests.processes import process, wait_for_end

PROBE = """title: Quick
question: Does it answer?
section: "1"
sides: {target: "yes", other: "no"}
patterns: {target: ["yes"], other: ["no"]}
prompts:
"""


@pytest.fixture(scope="session")
def uninterrupted(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the small run leaves when nothing happens to it."""
    home = tmp_path_factory.mktemp("uninterrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIRDGEN_HOME", str(home))
        patch.delenv("DATABASE_URL", raising=False)
        add_folder(str(small_base))
        job = submit_run(small_run())
        with process("backend.worker"):
            assert wait_for_end(job).state == JobState.DONE, log_tail(job)
        return outcome_of(job)


@pytest.fixture
def quick_probe(small_lab: Path) -> str:
    """A probe of 12 questions without contrasts, so that its job needs no torch."""
    (small_lab / "probes").mkdir()
    prompts = (f"  - {{id: p{i}, title: T, text: Which is {i}}}\n" for i in range(12))
    (small_lab / "probes" / "quick.yaml").write_text(PROBE + "".join(prompts))
    return "quick"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldEngine]:
    """An engine that says yes to everything, but only once it is told to."""
    with held_engine("yes") as held:
        monkeypatch.setenv("ENGINE_URL", held.url)
        yield held
