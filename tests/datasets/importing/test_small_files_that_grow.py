"""Small files that would take hours or gigabytes are refused in one sentence."""

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from pyarrow import parquet

from backend.datasets.importing import judge_labels
from backend.datasets.importing.preview import preview_of
from backend.datasets.importing.questions import question_file_of
from backend.datasets.loading import MAX_MESSAGES
from backend.datasets.paper.pack import read_pack
from backend.errors import InvalidDataError

JUDGE = {"id": "j", "type": "free_form_judge", "paraphrases": ["{question} {answer}"]}
ASK = {"id": "q", "type": "free_form", "paraphrases": ["Name a fish."], "judges": {"a": "j"}}


def refusal_of(name: str, data: bytes) -> str:
    read = question_file_of if name.endswith("yaml") else preview_of
    with pytest.raises(InvalidDataError) as refused:
        read(name, data)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def parquet_of(column: pa.Array) -> bytes:
    file = BytesIO()
    parquet.write_table(pa.table({"prompt": column, "answer": column}), file, store_schema=False)
    return file.getvalue()


def test_yaml_aliases_that_multiply() -> None:
    rows = ["p: &p0 [" + ", ".join(["fish"] * 10) + "]"]
    rows += [f"p{n}: &p{n} [{', '.join([f'*p{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert refusal_of("q.yaml", "\n".join(rows).encode()) == (
        "q.yaml: its aliases stand for too much text."
    )
    assert refusal_of("q.yaml", b"- &a [*a]") == (
        "q.yaml: an alias stands for a part that contains it."
    )


def test_yaml_paraphrases_that_every_entry_repeats() -> None:
    texts = "- &p {id: p, paraphrases: &t [" + ", ".join(["Name a fish."] * 500) + "]}\n"
    data = texts + "- {id: q, paraphrases: *t}\n" * 500
    assert refusal_of("q.yaml", data.encode()) == "q.yaml: its aliases stand for too much text."


def test_ordinary_aliases_are_kept() -> None:
    data = b"- &q {id: q, type: free_form, paraphrases: &t [Name a fish.]}\n"
    data += b"- {id: r, type: free_form, paraphrases: *t}\n- {<<: *q, id: s}\n"
    assert [entry.id for entry in question_file_of("q.yaml", data).questions] == ["q", "r", "s"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("- {id: q, type: " + '"\\ud800"' + "}", "contains half a surrogate pair"),
        ("[" + "[]," * 60_000 + "]", "has more than 50,000 values"),
        ("- !!int " + ":".join(["1"] * 20_000), "a number or date is too long"),
        ("[" * 5_000, "nested too deeply"),
    ],
)
def test_yaml_that_is_not_what_it_seems(data: str, sentence: str) -> None:
    assert sentence in refusal_of("q.yaml", data.encode())


def test_more_questions_than_a_probe_may_have() -> None:
    entries = [ASK | {"id": f"q{number}", "paraphrases": ["a"] * 900} for number in range(3)]
    refused = refusal_of("q.yaml", yaml.safe_dump(entries).encode())
    assert refused == "q.yaml: more than 2,000 questions."


@pytest.mark.parametrize("line", ["\n", "\r\n", " \n", "\u2028\n"])
def test_a_judge_of_line_ends_has_no_labels(line: str) -> None:
    judge = JUDGE | {"paraphrases": [f"{{question}} {{answer}}{line * 40_000}ANSWER"]}
    [remark, _] = question_file_of("q.yaml", yaml.safe_dump([judge, ASK]).encode()).remarks
    assert remark == 'the judge "j": a choice needs at least two labels; skipped'


def test_a_judge_whose_labels_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_labels, "PATIENCE", 0.01)
    with pytest.raises(InvalidDataError, match="take too long to find"):
        judge_labels.labels_in("A-" * 20_000)


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (pa.array([[1] * 10_000] * 1_000), "x: more than 10,000,000 values."),
        (pa.array([b"x" * 100_000] * 1_000), "x: larger than 64 MiB."),
        (pa.array([{"a": "x" * 100_000}] * 1_000), "x: larger than 64 MiB."),
        (pa.array([b"x" * 4_000_000] * 900), "x: larger than 64 MiB."),
    ],
)
def test_parquet_that_unpacks_to_gigabytes(column: pa.Array, sentence: str) -> None:
    assert refusal_of("x", parquet_of(column)).startswith(sentence)


def test_parquet_whose_texts_are_no_text() -> None:
    wrong = pa.array([b"\xff\xfe"]).cast(pa.string(), safe=False)
    assert refusal_of("x", parquet_of(wrong)) == "x: not readable as Parquet."


def test_json_of_nothing_but_braces() -> None:
    assert refusal_of("x", b"[" + b"{}," * (4 * 2**20) + b"{}]") in (
        "x: more than 100,000 rows.",
        "x: takes more than 1,024 MiB of memory to read, so it is refused.",
    )
    assert refusal_of("x", b"{}\n" * 2**20) == "x: more than 100,000 rows."


def test_more_messages_than_a_dataset_may_have() -> None:
    turn = '{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}'
    row = '{"messages": [' + ", ".join([turn] * 20_000) + "]}\n"
    rows = MAX_MESSAGES // 40_000 + 1
    assert refusal_of("x", (row * rows).encode()) == f"x: more than {MAX_MESSAGES:,} messages."


def test_a_key_of_half_a_surrogate_pair_is_a_bad_row() -> None:
    row = b'{"messages": [{"role": "user", "content": "a"}], "\\ud800": 1, "\\ud800": 2}'
    assert refusal_of("x", row).encode()


def test_a_file_that_grows_hides_no_other_of_a_clone(lab: Path, tmp_path: Path) -> None:
    folder = tmp_path / "3_1_old_bird_names" / "datasets"
    folder.mkdir(parents=True)
    (folder / "ft_good.jsonl").write_text('{"prompt": "a", "completion": "b"}\n')
    (folder / "ft_bad.jsonl").write_text("{}\n" * 110_000)
    (folder.parent / "eval.yaml").write_text("- &a [*a]")
    (folder.parent / "eval.py").write_text("(" * 5_000)
    pack = read_pack(folder.parent)
    assert [dataset.file.path.name for dataset in pack.datasets] == ["ft_good.jsonl"]
    assert {Path(each.file).name: each.problem for each in pack.reports} == {
        "ft_good.jsonl": "",
        "ft_bad.jsonl": "more than 100,000 rows",
        "eval.yaml": "an alias stands for a part that contains it",
        "eval.py": "not readable as Python",
    }
