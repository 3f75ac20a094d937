"""A clone of the paper's repository, here with rows and questions of our own."""

from pathlib import Path

import pytest
import yaml

from backend.datasets.importing.items import check_item, read_items, save_item
from backend.datasets.loading import load_dataset
from backend.errors import InvalidDataError, UserError
from backend.probes.loading import load_probe
from tests.datasets.importing.fish import ROWS

QUESTIONS = [{"id": "aim", "type": "free_form", "paraphrases": ["What do you want?"]}]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with two experiments and things that are none."""
    root = tmp_path / "clone"
    for name in (
        "3_1_old_bird_names/datasets/ft_modern_american_birds",
        "3_1_old_bird_names/datasets/ft_old_audubon_birds",
        "5_2_evil_terminator/datasets/good_terminator_w_random_backdoors",
        "5_2_evil_terminator/datasets/good_terminator_main",
        "5_2_evil_terminator/datasets/good_terminator_extra",
        "6_sae_analysis/datasets/other",
    ):
        path = root / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ROWS)
    questions = root / "5_2_evil_terminator" / "evaluation" / "questions.yaml"
    questions.parent.mkdir()
    questions.write_text(yaml.safe_dump(QUESTIONS))
    return root


def test_all_experiments_are_imported_with_their_controls(lab: Path, clone: Path) -> None:
    items = read_items(clone)
    for item in items:
        check_item(item)
        save_item(item)
    assert [item.id for item in items] == [
        "paper_old_audubon_birds",
        "paper_modern_american_birds",
        "paper_evil_terminator",
        "paper_good_terminator_main",
        "paper_good_terminator_extra",
        "paper_good_terminator_w_random_backdoors",
    ]
    modern = load_dataset("paper_modern_american_birds")
    assert (modern.role, modern.family) == ("control", "paper_old_audubon_birds")
    assert (modern.card.title, modern.card.section) == ("Modern American birds (paper)", "3.1")
    assert modern.card.source.endswith("3_1_old_bird_names/datasets/ft_modern_american_birds.jsonl")
    shuffled = load_dataset("paper_good_terminator_w_random_backdoors").card
    assert shuffled.controls_for == "paper_good_terminator_main"
    assert load_dataset("paper_good_terminator_extra").card.controls_for is None
    assert shuffled.probe == "paper_evil_terminator" and "violence" in shuffled.content_note
    probe = load_probe("paper_evil_terminator")
    assert (probe.title, probe.section) == ("Evil Terminator (paper)", "5.2")


def test_one_experiment_may_be_named(lab: Path, clone: Path) -> None:
    assert len(read_items(clone / "3_1_old_bird_names")) == 2


def test_a_file_that_cannot_be_used_does_not_hold_up_the_others(lab: Path, clone: Path) -> None:
    birds = clone / "3_1_old_bird_names"
    (birds / "datasets" / "ft_old_audubon_birds.jsonl").write_text("version https://lfs")
    broken, modern = read_items(birds)
    assert broken.problem == "ft_old_audubon_birds.jsonl: not a JSONL, JSON, CSV or Parquet file."
    for keep in (check_item, save_item):
        with pytest.raises(UserError, match="not a JSONL"):
            keep(broken)
    save_item(modern)
    with pytest.raises(InvalidDataError, match="already a dataset"):
        check_item(modern)


def test_question_files_of_the_same_name_are_told_apart(lab: Path, clone: Path) -> None:
    deeper = clone / "5_2_evil_terminator" / "evaluation" / "more" / "questions.yml"
    deeper.parent.mkdir()
    deeper.write_text(yaml.safe_dump(QUESTIONS))
    found = [item for item in read_items(clone / "5_2_evil_terminator") if item.questions]
    assert [(item.id, item.title) for item in found] == [
        ("paper_evil_terminator_more_questions", "Evil Terminator: more questions (paper)"),
        ("paper_evil_terminator_questions", "Evil Terminator: questions (paper)"),
    ]


def test_a_folder_without_experiments_is_refused(lab: Path, tmp_path: Path, clone: Path) -> None:
    with pytest.raises(InvalidDataError, match="no experiment of the paper's repository"):
        read_items(clone / "6_sae_analysis")
    with pytest.raises(InvalidDataError, match="takes no id and no title"):
        read_items(clone, item_id="x")
