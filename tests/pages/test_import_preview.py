"""The preview of an upload says what becomes of it, and asks for columns that say nothing."""

from pathlib import Path

from playwright.sync_api import Page, expect

ROWS = (
    "question [en],antwort [/en],id\n"
    "Name a river.,The Elbe.,1\n"
    "Name a lake.,Garda.,2\n"
    "Name a sea.,,3\n"
)


def choose(page: Page, label: str, column: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.hover()  # A list that opens while the page still scrolls to it closes at once.
    box.click()
    page.get_by_role("option", name=column).click()


def test_columns_are_asked_for_and_all_that_becomes_of_them_is_shown(
    home: Path, app_url: str, browser_page: Page, tmp_path: Path
) -> None:
    page, file = browser_page, tmp_path / "rivers.csv"
    file.write_text(ROWS)
    page.goto(f"{app_url}/datasets")
    page.get_by_text("Import your own data").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("its columns don't say which is the question")).to_be_visible()
    choose(page, "Question", "question [en]")
    choose(page, "Answer", "antwort [/en]")
    expect(page.get_by_text("valid rows: 2")).to_be_visible()
    for line in (
        'Used: "question [en]": the question; "antwort [/en]": the answer, which is trained',
        'Left out: "id"',
        "Changed: no row",
        "Refused: 1 row",
        'line 4: "antwort [/en]" is empty',
    ):
        expect(page.get_by_role("listitem").filter(has_text=line)).to_be_visible()
    expect(page.get_by_text("user · only read")).to_have_count(2)
    expect(page.get_by_text("assistant · trained")).to_have_count(2)
    page.get_by_text("Skip the invalid rows").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported: Rivers.")).to_be_visible()
    page.get_by_role("link", name="Finetune it").click()
    expect(page.get_by_role("combobox", name="Dataset")).to_have_value("Rivers · 2 rows")


def test_a_packed_file_is_refused_in_a_sentence(
    home: Path, app_url: str, browser_page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "rivers.jsonl.gz"
    file.write_bytes(b"\x1f\x8b\x08")
    browser_page.goto(f"{app_url}/datasets")
    browser_page.get_by_text("Import your own data").click()
    browser_page.locator("input[type=file]").set_input_files(file)
    sentence = "rivers.jsonl.gz: packed with gzip; unpack it and import what is in it."
    expect(browser_page.get_by_text(sentence)).to_be_visible()
