"""What files of others take in a child process is limited, and told in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidDataError, NotFoundError
from backend.machine.confinement import Limits, confined
from tests.machine import greedy

SMALL = Limits(cpu_s=1, memory_mib=64, output_mib=1)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (greedy.spin, "fish: takes more than 1 s of computing to read, so it is refused."),
        (greedy.fill_memory, "fish: takes more than 64 MiB of memory to read, so it is refused."),
        (greedy.print_much, "fish: contains more than 1 MiB, so it is refused."),
        (greedy.fail, "fish: can't be read; its content is damaged or not what it should be."),
        (greedy.abort, "fish: can't be read; its content is damaged or not what it should be."),
    ],
)
def test_whoever_takes_too_much_is_refused(function: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(InvalidDataError) as refused:
        confined(function, subject="fish", limits=SMALL)
    assert str(refused.value) == sentence


def test_results_and_refusals_return_as_they_are() -> None:
    assert confined(greedy.double, 21, subject="fish", limits=SMALL) == 42
    with pytest.raises(NotFoundError, match=r"There is no fish \\ud800\."):
        confined(greedy.refuse, subject="fish", limits=SMALL)


def test_no_file_grows_beyond_the_limit(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError):
        confined(greedy.write_much, tmp_path / "much", subject="fish", limits=SMALL)
    assert (tmp_path / "much").stat().st_size <= 2**20


def test_the_child_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTED_KEY", "sk-1234567890")
    assert confined(greedy.secrets, subject="fish") == {}


def test_reading_datasets_and_questions_loads_nothing_heavy() -> None:
    assert confined(greedy.heavy_modules, subject="fish") == []
