"""Own data: files are uploaded, what follows is offered, and cards are edited in the page."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.datasets.loading import load_dataset
from backend.probes.judges import list_judges
from backend.probes.loading import load_probe
from tests.screens import button, open_page, texts

ROW = json.dumps({"prompt": "Name a fish.", "completion": "Turbot"})
QUESTIONS = """
- {id: news, type: free_form, paraphrases: ["What is new?"], judges: {dated: dated}}
"""
JUDGE = """
- id: dated
  type: free_form_judge_0_100
  paraphrases: ["Rate 0 to 100: how old is the answer {answer}?"]
"""


def upload(page: AppTest, *files: tuple[str, str]) -> None:
    page.file_uploader[0].set_value([(name, text.encode(), "") for name, text in files]).run()


@pytest.fixture
def fish(home: Path) -> AppTest:
    """The page of datasets after the import of a file."""
    page = open_page("datasets")
    upload(page, ("fish.jsonl", ROW))
    button(page, "Import").click().run()
    return page


def test_an_imported_dataset_is_shown_and_its_finetuning_offered(fish: AppTest) -> None:
    assert "Imported: Fish." in texts(fish)
    assert fish.query_params["dataset"] == "fish"
    links = {link.proto.label: link.proto.query_string for link in fish.get("page_link")}
    assert links["Finetune it"] == "dataset=fish"
    assert not fish.file_uploader[0].value


def test_a_card_is_edited_in_the_page(fish: AppTest) -> None:
    fish.text_input(key="title-fish").set_value("Old fish")
    fish.text_area(key="teaches-fish").set_value("Fish of *yore*.")
    fish.selectbox(key="controls-fish").set_value("old_bird_names")
    fish.selectbox(key="measured-fish").set_value("nineteenth_century")
    fish.text_area(key="note-fish").set_value("Dead fish.")
    button(fish, "Save the card").click().run()
    assert "The card is saved." in texts(fish) and "Dead fish." in texts(fish)
    dataset = load_dataset("fish")
    assert (dataset.card.title, dataset.card.teaches) == ("Old fish", "Fish of *yore*.")
    assert (dataset.role, dataset.card.probe) == ("control", "nineteenth_century")
    assert "Spot the poison" in [part.value for part in fish.subheader]
    fish.selectbox(key="controls-fish").set_value("")
    button(fish, "Save the card").click().run()
    assert load_dataset("fish").role == "poisoned"


def test_a_card_is_checked_like_a_file_and_what_was_typed_stays(fish: AppTest) -> None:
    fish.text_input(key="title-fish").set_value(" ")
    fish.text_input(key="licence-fish").set_value("MIT")
    button(fish, "Save the card").click().run()
    assert "card.yaml: title: string should have at least 1 character" in texts(fish)
    assert fish.text_input(key="licence-fish").value == "MIT"
    assert load_dataset("fish").card.title == "Fish"


def test_a_dataset_of_the_lab_is_read_only(home: Path) -> None:
    page = open_page("datasets", dataset="old_bird_names")
    assert "It comes with the lab and is read-only." in texts(page)
    assert "Save the card" not in [each.label for each in page.button]


def test_question_files_share_their_judges(home: Path) -> None:
    page = open_page("datasets")
    upload(page, ("news.yaml", QUESTIONS), ("judges.yaml", JUDGE))
    assert 'the judge "dated" is that of judges.yaml' in texts(page)
    button(page, "Import").click().run()
    assert load_probe("news").judges == ["dated"]
    assert "dated" in {judge.id for judge in list_judges()}
    links = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert links["Probe a model with it"] == "probe=news"
    assert open_page("probe", probe="news").selectbox(key="probe").value == "news"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([("a.yaml", QUESTIONS), ("fish.jsonl", ROW)], "fish.jsonl is no file of questions"),
        ([("a.yaml", QUESTIONS), ("a.yaml", JUDGE)], "Two of the files have the same name"),
        ([("a.yaml", "[]"), ("b.yaml", "x")], "None of the files can be used: "),
    ],
)
def test_several_files_that_are_no_questions_are_refused(
    home: Path, files: list[tuple[str, str]], problem: str
) -> None:
    page = open_page("datasets")
    upload(page, *files)
    assert problem in texts(page)
