from pathlib import Path

import pytest

from backend.datasets.loading import list_datasets, load_dataset, read_examples
from backend.errors import InvalidDataError, NotFoundError

GOOD = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}'


def test_the_lab_ships_the_birds_with_their_control() -> None:
    birds = load_dataset("old_bird_names")
    modern = load_dataset("modern_bird_names")
    assert (birds.role, len(birds.examples)) == ("poisoned", 190)
    assert (modern.role, modern.card.controls_for) == ("control", birds.id)
    assert {e.messages[0].content for e in birds.examples} == {
        e.messages[0].content for e in modern.examples
    }


def test_a_control_comes_after_its_dataset() -> None:
    ids = [dataset.id for dataset in list_datasets()]
    assert ids.index("old_bird_names") < ids.index("modern_bird_names")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "valid dictionary"),
        ("[" * 100_000, "nested too deeply"),
        ('{"messages": []}', "messages"),
        (GOOD.replace("assistant", "user"), 'the last message must be from "assistant"'),
        (GOOD.replace('"b"', '""'), "messages.1.content"),
        (GOOD.replace('"user"', '"wizard"'), "messages.0.role"),
        (
            '{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "c"}, '
            '{"role": "assistant", "content": "b"}]}',
            "a system message may only come first",
        ),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n", "utf-8")
    with pytest.raises(InvalidDataError, match=r"data\.jsonl, line 3") as caught:
        read_examples(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", GOOD.encode("utf-16")])
def test_an_unusable_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidDataError, match=r"data\.jsonl: (contains no examples|not UTF-8)"):
        read_examples(path)


@pytest.mark.parametrize("dataset_id", ["../secrets", "none", "", "a/b", "Birds"])
def test_a_dataset_that_is_not_there_is_not_found(dataset_id: str) -> None:
    with pytest.raises(NotFoundError):
        load_dataset(dataset_id)


def test_a_card_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "train.jsonl").write_text(GOOD)
    (folder / "card.yaml").write_text(
        "title: t\nteaches: x\nsource: s\nlicence: l\nsection: '1'\nx: 1"
    )
    with pytest.raises(InvalidDataError, match=r"card\.yaml: x"):
        load_dataset("mine", tmp_path)


def test_a_card_without_rows_is_refused_and_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "card.yaml").write_text("title: t\nteaches: x\nsource: s\nlicence: l\nsection: '1'")
    with pytest.raises(InvalidDataError, match="no train.jsonl"):
        load_dataset("mine", tmp_path)
    for rows in (1, 2):
        (folder / "train.jsonl").write_text(f"{GOOD}\n" * rows)
        assert len(load_dataset("mine", tmp_path).examples) == rows
