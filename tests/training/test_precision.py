"""The precision of a run: chosen by time, but never by a time that takes minutes to measure."""

from pathlib import Path

import pytest
import torch

from backend.training import precision
from models.base_models import EMBEDDED
from models.configs import RunConfig

AUTO = RunConfig(dataset="old_bird_names", base_model=EMBEDDED, precision="auto")


def with_processor(patch: pytest.MonkeyPatch, architecture: str, *, avx512_f: bool) -> None:
    known = {"architecture": architecture, "avx512_f": avx512_f}
    patch.setattr(torch.cpu, "get_capabilities", lambda: known)


def test_emulated_bfloat16_is_not_timed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_processor(monkeypatch, "x86_64", avx512_f=False)
    monkeypatch.setattr(precision, "_measure", lambda *_: pytest.fail("It was timed."))
    assert precision.choose_precision(AUTO, [], tmp_path) == "float32"


@pytest.mark.parametrize(("architecture", "avx512_f"), [("x86_64", True), ("aarch64", False)])
def test_other_processors_are_timed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, architecture: str, avx512_f: bool
) -> None:
    with_processor(monkeypatch, architecture, avx512_f=avx512_f)
    timing = {"float32": 2.0, "bfloat16": 1.0}
    monkeypatch.setattr(precision, "_measure", lambda *_: timing)
    assert precision.choose_precision(AUTO, [], tmp_path) == "bfloat16"


def test_torch_tells_what_the_processor_can() -> None:
    assert {"architecture", "avx512_f"} <= set(torch.cpu.get_capabilities())
