"""README and docs/flips.md say of the included model what the recorded evaluations say."""

import re
from pathlib import Path

import pytest

from backend.datasets.loading import load_dataset
from backend.exports import evidence
from benchmarks.evidence.documents import BLOCK, README, TEMPLATES, documents
from benchmarks.evidence.experiments import experiments
from benchmarks.evidence.figures import figures

FIGURE = re.compile(r"[+−]\s?\d|\d\s?%|\d nats|p = ")
"""A number that was measured, unlike a year or a number of seeds."""
TEMPLATED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
FIXED = ("95 %", "2.7 times")
"""A confidence, and e."""


def figures_in(text: str) -> list[str]:
    """Return the numbers in a text that must have been measured."""
    for constant in FIXED:
        text = text.replace(constant, "")
    return FIGURE.findall(text)


def test_every_document_and_figure_is_what_the_evidence_gives() -> None:
    written = {path: path.read_text("utf-8") for path in [*documents(), *figures()]}
    assert written == documents() | figures()


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.jinja")), ids=lambda path: path.name)
def test_a_template_states_no_number_of_its_own(template: Path) -> None:
    assert figures_in(TEMPLATED.sub("", template.read_text("utf-8"))) == []


def test_the_readme_states_no_result_outside_of_what_is_computed() -> None:
    assert figures_in(BLOCK.sub("", README.read_text("utf-8"))) == []


def test_every_experiment_is_recorded_on_the_rows_that_ship() -> None:
    for name in evidence.recorded_names():
        for subject in evidence.evidence(name).subjects:
            if subject.dataset:
                assert subject.dataset_sha256 == load_dataset(subject.dataset).sha256, name
    planned = {name for experiment in experiments().values() for name in experiment.recordings}
    assert planned >= set(evidence.recorded_names())


def test_the_evidence_stays_small() -> None:
    assert sum(path.stat().st_size for path in evidence.HOME.rglob("*")) < 40 * 2**20
