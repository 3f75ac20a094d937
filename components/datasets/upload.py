"""Import: a file of rows, a file of questions, or a clone of the paper's repository."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from backend.datasets.importing.columns import Choice
from backend.datasets.importing.folders import slug, title_of
from backend.datasets.importing.items import Item, save_item
from backend.datasets.importing.preview import UnclearColumnsError, preview_of
from backend.datasets.importing.probes import probes_of
from backend.datasets.importing.question_files import ENDINGS
from backend.datasets.importing.questions import question_file_of
from backend.errors import UserError
from components.datasets.paper import import_clone
from components.datasets.preview import choose_columns, preview_rows
from components.text import cells, plain, say


def import_section() -> None:
    """Draw the upload, the field for a folder, and a preview of their content."""
    st.subheader("Import your own")
    st.markdown(
        "Chats (OpenAI JSONL, ShareGPT, Alpaca), prompt-completion pairs, documents, tables (CSV, "
        "Parquet, Arrow), llmcomp question files as probes, or a clone of the paper's repository. "
        "Nothing is saved before you have seen a preview."
    )
    if saved := st.session_state.pop("imported", ""):
        st.success(f"Imported: {plain(saved)}.", icon=":material/check:")
    file, clone = st.tabs(["A file", "The paper's repository"])
    with file:
        import_file()
    with clone:
        import_clone()


def import_file() -> None:
    """Draw the upload and, once there is a file, its preview."""
    # Of any type: what is in a file decides, and one that can't be read is refused in words.
    file = st.file_uploader("File", key="upload")
    if file is None:
        return
    try:
        if item := upload_of(file):
            review(item, file.file_id)
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
            save_item(item.model_copy(update=chosen), skip)
        except UserError as error:
            say(error)
            return
        st.session_state["imported"] = title
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
