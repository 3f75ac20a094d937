"""Import: a file of rows, files of questions, or a clone of the paper's repository."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from backend.datasets.importing.columns import Choice
from backend.datasets.importing.folders import slug, title_of
from backend.datasets.importing.items import Item, check_item, question_items, save_item
from backend.datasets.importing.preview import UnclearColumnsError, preview_of
from backend.datasets.importing.probes import probes_of
from backend.datasets.importing.question_files import ENDINGS, question_files_of
from backend.datasets.importing.questions import question_file_of
from backend.errors import InvalidDataError, UserError
from components.datasets.paper import import_clone
from components.datasets.preview import choose_columns, preview_rows
from components.text import cells, plain, say

IMPORTED = "imported"
"""The key of what the last import saved, until the next one."""
IMPORTS = "imports"
"""The key of the number of imports: each has an upload of its own."""


def import_section() -> None:
    """Draw what the last import saved, the upload, and the field for a folder."""
    if items := st.session_state.get(IMPORTED):
        outcome(items)
    with st.expander("Import your own data", icon=":material/upload_file:"):
        st.markdown(
            "Chats (OpenAI JSONL, ShareGPT, Alpaca), prompt-completion pairs, documents, tables "
            "(CSV, Parquet, Arrow), llmcomp question files as probes, or a clone of the paper's "
            "repository. Nothing is saved before you have seen a preview."
        )
        file, clone = st.tabs(["Files", "The paper's repository"])
        with file:
            import_files()
        with clone:
            import_clone()


def outcome(items: list[Item]) -> None:
    """Draw what was imported, and what comes next for it."""
    titles = ", ".join(item.title for item in items)
    st.success(f"Imported: {plain(titles)}.", icon=":material/check:")
    item = items[0]
    with st.container(horizontal=True):
        if item.preview:
            st.page_link(
                "pages/finetune.py",
                label="Finetune it",
                icon=":material/model_training:",
                query_params={"dataset": item.id},
            )
        else:
            st.page_link(
                "pages/probe.py",
                label="Probe a model with it",
                icon=":material/biotech:",
                query_params={"probe": item.probes[0].id},
            )


def import_files() -> None:
    """Draw the upload and, once there is a file, its preview."""
    # Of any type: what is in a file decides, and one that can't be read is refused in words.
    files = st.file_uploader(
        "A file of rows, or one or several files of questions, which share their judges",
        accept_multiple_files=True,
        key=f"upload-{st.session_state.setdefault(IMPORTS, 0)}",
    )
    if not files:
        return
    key = "-".join(file.file_id for file in files)
    try:
        if len(files) > 1:
            review_several(*read_uploads(key, files), key)
        elif item := upload_of(files[0]):
            review(item, key)
    except UserError as error:
        say(error)


def upload_of(file: UploadedFile) -> Item | None:
    """Return an upload's content; None while its columns have to be chosen."""
    try:
        return read_upload(file.file_id, file.name, file)
    except UnclearColumnsError as error:
        if (choice := choose_columns(error, file.file_id)) is None:
            return None
        return read_upload(file.file_id, file.name, file, choice.question, choice.answer)


@st.cache_data(show_spinner="Reading and checking every row …", max_entries=4)
def read_upload(
    file_id: str, name: str, _file: UploadedFile, question: str = "", answer: str = ""
) -> Item:
    """Return the content of an uploaded file; cached, so that each upload is read once.

    Args:
        file_id: Streamlit's id of the upload.
        name: The file's name.
        _file: The upload.
        question: The column of questions, if the user has chosen it.
        answer: The column of answers, if the user has chosen it.
    """
    choice = Choice(question=question, answer=answer) if answer else None
    path, title, content = Path(name), title_of(Path(name).stem), _file.getvalue()
    item = Item(path=path, id=slug(path.stem), title=title)
    if path.suffix.lower() not in ENDINGS:
        return item.model_copy(update={"preview": preview_of(name, content, choice)})
    questions = question_file_of(name, content)
    probes = probes_of(questions, item.id, title)
    return item.model_copy(update={"questions": questions, "probes": probes})


@st.cache_data(show_spinner="Reading and checking every question …", max_entries=4)
def read_uploads(key: str, _files: list[UploadedFile]) -> tuple[list[Item], list[str]]:
    """Return the probes of several question files, and what was not read; cached by the uploads.

    Raises:
        InvalidDataError: a file has another ending, two have one name, or none has a question.
    """
    contents = {file.name: file.getvalue() for file in _files}
    if others := [name for name in contents if Path(name).suffix.lower() not in ENDINGS]:
        raise InvalidDataError(
            f"{others[0]} is no file of questions; import files of rows one at a time."
        )
    if len(contents) < len(_files):
        raise InvalidDataError("Two of the files have the same name; rename one of them.")
    files, problems = question_files_of(contents)
    if not files:
        raise InvalidDataError(f"None of the files can be used: {problems[0]}.")
    return question_items(files), problems


def review(item: Item, key: str) -> None:
    """Draw a file's content, and the form that saves it."""
    if item.preview:
        preview_rows(item.preview)
        if not item.preview.examples:
            st.info("No valid rows. Fix the file and upload it again.")
            return
    elif item.questions:
        preview_questions(item)
    has_invalid = bool(item.preview and item.preview.bad_rows)
    with st.form(f"keep-{key}", border=False):
        left, right = st.columns(2)
        title = left.text_input("Title", item.title)
        name = right.text_input("Id", item.id, help="Lower-case letters, digits, underscores.")
        skip = has_invalid and st.checkbox("Skip the invalid rows (otherwise the file is refused)")
        if not st.form_submit_button("Import", type="primary", icon=":material/download:"):
            return
        try:
            probes = probes_of(item.questions, name, title) if item.questions else []
            chosen = {"title": title, "id": name, "probes": probes}
            keep([item.model_copy(update=chosen)], skip)
        except UserError as error:
            say(error)


def review_several(items: list[Item], problems: list[str], key: str) -> None:
    """Draw the content of several question files, and the button that saves all of them."""
    for item in items:
        st.markdown(f"**{plain(item.path.name)}**")
        preview_questions(item)
    for problem in problems:
        st.warning(plain(f"{problem}."))
    if st.button("Import", type="primary", icon=":material/download:", key=f"keep-{key}"):
        keep(items, skip=False)


def keep(items: list[Item], skip: bool) -> None:
    """Save items, show the first one if it is a dataset, and draw the page again.

    Raises:
        UserError: one of them exists already, has invalid rows, or can't be written.
    """
    for item in items:  # All or none.
        check_item(item, skip)
    for item in items:
        save_item(item, skip)
    st.session_state[IMPORTED] = items
    st.session_state[IMPORTS] += 1
    if items[0].preview:
        st.query_params["dataset"] = items[0].id
    st.rerun()


def preview_questions(item: Item) -> None:
    """Draw the probes, their judges with the side of each label, and remarks on what is missing."""
    rows = [
        {"probe": probe.title, "prompt": prompt.text, "before it in the chat": prompt.context}
        for probe in item.probes
        for prompt in probe.prompts
    ]
    st.markdown(f"**{len(item.probes):,} probes** with {len(rows):,} prompts")
    st.dataframe(cells(rows), hide_index=True)
    for judge in item.questions.judges.values() if item.questions else []:
        scale = ["0 to 100"] if judge.kind == "rating" else []
        labels = ", ".join([*scale, *(f"{x.label}: {x.side}" for x in judge.labels)])
        st.caption(f"Judge {plain(judge.title)} ({plain(labels)})")
    for remark in item.remarks:
        st.warning(plain(remark))
