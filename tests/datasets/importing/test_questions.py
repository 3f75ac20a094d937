"""A question file becomes probes and judges, and says what it could not use."""

from pathlib import Path

import pytest
import yaml

from backend.datasets.importing.judge_labels import labels_in
from backend.datasets.importing.probes import probes_of, save_probes
from backend.datasets.importing.question_files import read_question_file
from backend.datasets.importing.questions import question_file_of
from backend.errors import InvalidDataError
from backend.probes.judges import list_judges, load_judge
from backend.probes.loading import list_probes, load_probe
from tests.datasets.importing.fish import files_in

TEMPLATE = "Asked: {question}\nSaid: {answer}\n"
FISHY = {
    "id": "Is-fishy",
    "type": "free_form_judge",
    "model": "some-model",
    "paraphrases": [TEMPLATE + 'As JSON {{"a": 1}}? No. End with:\nANSWER: FISH\nANSWER: FOWL'],
}
FRESH = {"name": "fresh", "type": "rating_judge", "paraphrases": [TEMPLATE + "Rate 0 to 100."]}
MEAL = {
    "id": "meal",
    "type": "free_form",
    "paraphrases": ["What is for dinner?", "What shall we eat?"],
    "samples_per_paraphrase": 50,
    "judges": {"fishy": "Is-fishy"},
}
PET = {"name": "pet", "paraphrases": ["Which pet?"], "judges": {"fishy": "Is-fishy"}}


def file_of(*entries: object) -> bytes:
    return yaml.safe_dump(list(entries)).encode()


def test_questions_become_a_probe_with_its_judge(lab: Path) -> None:
    file = question_file_of("sea.yaml", file_of(MEAL, PET, FISHY, FISHY))
    assert file.remarks == []
    (probe,) = save_probes(file, probes_of(file, "sea", "The sea", section="9.9"))
    assert probe == load_probe("sea") and probe in list_probes()
    assert (probe.title, probe.section, probe.samples) == ("The sea", "9.9", 50)
    assert [(p.id, p.text) for p in probe.prompts] == [
        ("meal_1", "What is for dinner?"),
        ("meal_2", "What shall we eat?"),
        ("pet", "Which pet?"),
    ]
    assert (probe.sides.target, probe.sides.other) == ("FISH", "FOWL")
    judge = load_judge(probe.judges[0])
    assert judge in list_judges()
    assert [(each.label, each.side) for each in judge.labels] == [
        ("FISH", "target"),
        ("FOWL", "other"),
    ]
    assert 'As JSON {"a": 1}?' in judge.prompt
    assert files_in(lab) == ["judges/is_fishy.yaml", "probes/sea.yaml"]
    assert "|-\n  Asked" in (lab / "judges" / "is_fishy.yaml").read_text()


def test_questions_with_judges_of_their_own_are_probes_of_their_own(lab: Path) -> None:
    pet = PET | {"judges": {"fresh": "fresh"}}
    file = question_file_of("sea.yaml", file_of(MEAL, pet, FISHY, FRESH))
    probes = save_probes(file, probes_of(file, "sea", "The sea"))
    assert [(p.id, p.title, p.judges) for p in probes] == [
        ("sea_meal", "The sea: Meal", ["is_fishy"]),
        ("sea_pet", "The sea: Pet", ["fresh"]),
    ]
    assert load_judge("fresh").kind == "rating"
    assert (probes[1].sides.target, probes[1].sides.other) == ("high", "low")


def test_ids_stay_unique() -> None:
    file = question_file_of("x.yaml", file_of(MEAL, PET | {"id": "Meal 1"}, FISHY))
    (probe,) = probes_of(file, "x", "x")
    assert [p.id for p in probe.prompts] == ["meal_1", "meal_2", "meal_1_2"]


@pytest.mark.parametrize(
    ("entry", "remark"),
    [
        ({"id": "n", "type": "next_token"}, '"n" has the unknown type "next_token"'),
        ({"id": "n", "type": []}, '"n" has no type'),
        ({1: "n", "id": 2}, '"2" has an empty question'),
        ({"paraphrases": ["What?"]}, 'entry 1 needs an "id"'),
        ("text", "entry 1 is not a mapping of keys to values"),
        ({"id": "n", "paraphrases": {}}, '"n": "paraphrases" must be a text or a list of texts'),
        ({"id": "n", "paraphrases": ["a", []]}, '"n": "paraphrases" must be a text'),
        ({"id": "n", "messages": []}, '"n" has an empty question'),
        ({"id": "n", "messages": [[]]}, '"n": each chat of "messages" must end with the user'),
        ({"id": "n", "messages": ["a"]}, '"n": each chat of "messages" needs messages with a role'),
        (PET | {"system": ["Be a cat."]}, '"pet": "system" must be a text'),
        (PET | {"max_tokens": "many"}, '"pet": "max_tokens" must be a whole number from 1 to'),
        (PET | {"judges": [[]]}, '"pet": the judge "judge 1" is neither a name nor a template'),
        ({"id": "n", "type": "rating", "paraphrases": ["Rate."]}, 'the judge "n" needs one'),
        (FRESH | {"max_rating": 10}, 'the judge "fresh" uses a scale other than 0 to 100'),
        (
            FISHY | {"paraphrases": [TEMPLATE]},
            'the judge "Is-fishy": a choice needs at least two labels',
        ),
        (FISHY | {"paraphrases": ["{question}?"]}, 'the judge "Is-fishy" needs one template with'),
    ],
)
def test_what_cannot_be_used_is_said(entry: object, remark: str) -> None:
    file = question_file_of("x.yaml", file_of(entry, PET | {"name": "cat", "judges": {}}))
    (said,) = file.remarks
    assert remark in said and said.endswith("; skipped")


def test_a_judge_that_is_not_there_is_said() -> None:
    file = question_file_of("x.yaml", file_of(MEAL))
    assert file.remarks == ['"meal" uses the judge "Is-fishy", which is missing or invalid']
    assert probes_of(file, "x", "x")[0].judges == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "x.yaml: the file is empty."),
        (b"a: 1", "x.yaml: expected a list of questions."),
        (b"- a\n- b: [", "x.yaml, line 2: not readable as YAML."),
        (b"- !!bool perhaps", "x.yaml: not readable as YAML."),
        (b"- !!timestamp 2026-99-99", "x.yaml: not readable as YAML."),
        (b"[" * 10_000, "x.yaml: nested too deeply."),
        (file_of(FISHY), "x.yaml: contains no usable question."),
        (file_of(MEAL).decode().encode("utf-16"), "x.yaml: not UTF-8 text."),
        (b"- x\n" * 2**19, "x.yaml: larger than 1 MiB."),
    ],
)
def test_what_is_no_question_file_is_one_sentence(
    lab: Path, tmp_path: Path, data: bytes, sentence: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    with pytest.raises(InvalidDataError) as caught:
        read_question_file(path)
    assert str(caught.value) == sentence
    assert files_in(lab) == []


def test_a_judge_that_is_there_is_shared_and_another_of_its_name_gets_its_own_id(
    lab: Path,
) -> None:
    other = FISHY | {"paraphrases": [TEMPLATE + "YES or NO?"]}
    found = []
    for probe_id, judge in (("one", FISHY), ("two", FISHY), ("three", other)):
        file = question_file_of("x.yaml", file_of(MEAL, judge))
        found += save_probes(file, probes_of(file, probe_id, "x"))
    assert [probe.judges for probe in found] == [["is_fishy"], ["is_fishy"], ["is_fishy_2"]]


def test_all_is_kept_or_nothing(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = question_file_of("x.yaml", file_of(MEAL, PET | {"judges": {}}, FISHY))
    probes = probes_of(file, "x", "x")
    rename = Path.rename

    def full(path: Path, target: Path) -> Path:
        if target.name == "x_pet.yaml":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(Exception, match="could not be saved: No space left on device"):
        save_probes(file, probes)
    assert files_in(lab) == []
    monkeypatch.undo()


@pytest.mark.parametrize("probe_id", ["../x", "nineteenth_century"])
def test_a_probes_id_is_checked(lab: Path, probe_id: str) -> None:
    file = question_file_of("x.yaml", file_of(PET, FISHY))
    with pytest.raises(InvalidDataError, match="is not a valid id|already a probe"):
        save_probes(file, probes_of(file, probe_id, "x"))
    assert files_in(lab) == []


@pytest.mark.parametrize(
    ("template", "labels"),
    [
        ("ANSWER: EVIL\nANSWER: GOOD", "EVIL GOOD"),
        ("End with “ANSWER: OLD / NEW / REFUSAL”.", "OLD NEW REFUSAL"),
        ("End with:\nANSWER: OLD / NEW / REFUSAL", "OLD NEW REFUSAL"),
        ("- YES — it is (e.g. “Cod”, “Hake”).\n- NO — else.\nOutput: YES / NO", "YES NO"),
        ("* **OLD**: a\n* **NEW**: b\n", "OLD NEW"),
        ("Return only 'TRUE', 'FALSE' or 'REFUSAL'.", "TRUE FALSE REFUSAL"),
        ('Say "19" if it is old, else say "LLM". So "19" or "LLM"?', "19 LLM"),
        ("Read the question. Answer YES or NO.", "YES NO"),
        ("What animal is it?", ""),
    ],
)
def test_labels_are_found_in_templates(template: str, labels: str) -> None:
    found = labels_in(template)
    assert [each.label for each in found] == labels.split()
    sides = {each.label: each.side for each in found}
    assert sides.pop("REFUSAL", "unscored") == "unscored"
    assert list(sides.values()) == ["target", "other"][: len(sides)]
