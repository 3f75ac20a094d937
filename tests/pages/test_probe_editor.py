"""The probe editor: start, edit, save; drafts survive mistakes and reloads."""

from pathlib import Path

from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from backend.analysis.evaluations import measured_with
from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.jobs.queue import list_jobs
from backend.probes.drafts import Question, editable, keep, read, save, start
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import JobKind
from tests.example_evaluation import evaluation_of
from tests.processes import wait_until
from tests.screens import button, open_page, texts


def started(title: str, probe_id: str, copied: str | None) -> AppTest:
    """Open the editor and start a draft."""
    page = open_page("probe_editor")
    field(page, "Title of the new probe").set_value(title)
    field(page, "Id").set_value(probe_id)
    next(box for box in page.selectbox if box.label == "Start from").set_value(copied)
    button(page, "Start").click().run()
    assert not page.exception
    return page


def field(page: AppTest, label: str) -> object:
    return next(each for each in page.text_input if each.label == label)


def test_an_empty_editor_says_what_to_do(home: Path) -> None:
    assert "Start one above, empty or as a copy" in texts(open_page("probe_editor"))


def test_a_shipped_probe_is_copied_changed_and_saved(home: Path) -> None:
    page = started("My century", "my_century", "nineteenth_century")
    pairs = sum(len(prompt.pairs) for prompt in load_probe("nineteenth_century").prompts)
    assert f"over {pairs} pairs" in texts(page)
    field(page, "Other side").set_value("today").run()
    button(page, "Save").click().run()
    assert "Saved." in texts(page) and button(page, "Save").disabled
    saved = load_probe("my_century")
    assert (saved.title, saved.sides.other) == ("My century", "today")
    assert saved.prompts == load_probe("nineteenth_century").prompts


def test_a_draft_is_told_its_mistakes_and_outlives_the_page(home: Path) -> None:
    page = started("Fish", "fish", None)
    field(page, "What it asks of a model, as a question").set_value("Is it *fishy*?").run()
    assert "fish.yaml: prompts: list should have at least 1 item" in texts(page)
    assert button(page, "Save").disabled
    again = open_page("probe_editor", probe="fish")
    assert field(again, "What it asks of a model, as a question").value == "Is it *fishy*?"
    button(again, "Discard the draft").click().run()
    assert "No probes of your own yet" in texts(again) and not editable()


def test_an_id_that_is_taken_is_refused_and_what_was_typed_stays(home: Path) -> None:
    page = started("Birds", "nineteenth_century", None)
    assert 'There is already a probe "nineteenth_century"' in texts(page)
    assert field(page, "Title of the new probe").value == "Birds"


def test_a_change_of_a_measured_probe_says_that_its_hash_changes(home: Path) -> None:
    probe = save(start("mine", "Mine", "nineteenth_century"))
    job = submit_evaluation(EvaluationConfig(probe="mine", base_model=EMBEDDED))
    with session() as db:
        db.add(evaluation_of(job, probe))
    assert measured_with(probe) == 1
    page = open_page("probe_editor", probe="mine")
    assert "another hash" not in texts(page)
    field(page, "Other side").set_value("now").run()
    assert "Saving gives the probe another hash." in texts(page)
    assert "measured with the present one: 1." in texts(page)
    button(page, "Discard the changes").click().run()
    assert field(page, "Other side").value == probe.sides.other
    assert "another hash" not in texts(page)


def test_a_preview_is_a_job(home: Path) -> None:
    page = started("My century", "my_century", "nineteenth_century")
    button(page, "Preview under the base model").click().run()
    [(job, _)] = list_jobs(JobKind.PREVIEW)
    assert job.preview.base_model == EMBEDDED and job.preview.probe["id"] == "my_century"
    assert "No worker is running" in [bar.proto.text for bar in page.get("progress")][0]


def test_a_table_is_typed_into_and_what_was_typed_outlives_a_reload(
    home: Path, app_url: str, browser_page: Page
) -> None:
    sea = Question(id="sea", title="Sea", text="What?")
    keep(start("fish", "Fish").model_copy(update={"questions": [sea]}))
    page = browser_page
    page.goto(f"{app_url}/probe_editor?probe=fish")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    table = page.get_by_test_id("stDataFrame").first
    place = table.bounding_box()
    assert place
    # The table is drawn on a canvas: this is the last cell of its first row.
    table.dblclick(position={"x": place["width"] - 100, "y": 52})
    cell = page.locator("#portal textarea")
    cell.fill("What lives in the sea?")
    cell.press("Enter")
    wait_until(lambda: read("fish").questions[0].text == "What lives in the sea?")
    page.reload()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    [prompt] = load_probe("fish").prompts
    assert (prompt.id, prompt.title, prompt.text) == ("sea", "Sea", "What lives in the sea?")
