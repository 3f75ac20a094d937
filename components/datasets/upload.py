"""Import: a file of rows, a file of questions, or the folder of the paper's repository."""

from pathlib import Path

import streamlit as st

from backend.datasets.importing.folders import slug
from backend.datasets.importing.items import Item, read_items, save_item
from backend.datasets.importing.preview import Preview, preview_of
from backend.datasets.importing.probes import probes_of
from backend.datasets.importing.questions import question_file_of, title_of
from backend.errors import UserError
from components.text import plain, say

ROW_KINDS = ["jsonl", "json", "csv", "parquet"]
QUESTION_KINDS = ["yaml", "yml"]
SHOWN = 20
"""Bad rows and good examples that are drawn."""


def import_section() -> None:
    """Draw the upload, the field for a folder, and what was found there."""
    st.subheader("Import your own")
    st.markdown(
        "Chats (OpenAI JSONL, ShareGPT, Alpaca), prompt-completion pairs, tables of two columns "
        "(CSV, Parquet), llmcomp question files as probes, or a clone of the paper's repository. "
        "Nothing is kept before you have seen what was found."
    )
    if saved := st.session_state.pop("imported", ""):
        st.success(f"Imported: {plain(saved)}.", icon=":material/check:")
    for refused in st.session_state.pop("refused", []):
        st.warning(plain(refused))
    upload, folder = st.tabs(["A file", "A folder on this machine"])
    with upload:
        upload_part()
    with folder:
        folder_part()


def upload_part() -> None:
    """Draw the upload and, once there is a file, its preview."""
    file = st.file_uploader("File", type=[*ROW_KINDS, *QUESTION_KINDS], key="upload")
    if file is None:
        return
    try:
        review(read_upload(file.file_id, file.name, file), file.file_id)
    except UserError as error:
        say(error)


@st.cache_data(show_spinner="Reading and checking every row …", max_entries=4)
def read_upload(file_id: str, name: str, _file: object) -> Item:
    """Return what an uploaded file holds; kept for the upload, so that it is read once."""
    data: bytes = _file.getvalue()  # type: ignore[attr-defined]
    title = title_of(Path(name).stem)
    common = {"path": Path(name), "id": slug(Path(name).stem), "title": title}
    if name.rsplit(".", 1)[-1].lower() in QUESTION_KINDS:
        questions = question_file_of(name, data)
        found = probes_of(questions, str(common["id"]), title)
        return Item(**common, questions=questions, probes=found)
    return Item(**common, preview=preview_of(name, data))


def folder_part() -> None:
    """Draw the field for a folder, and each thing that it holds with a button for all."""
    with st.form("import-folder", border=False):
        path = st.text_input("Folder", placeholder="/data/weird-generalization")
        looked = st.form_submit_button("Look inside")
    if looked:
        st.session_state["import-path"] = path
    if not (path := st.session_state.get("import-path")):
        return
    try:
        if not Path(path).is_dir():
            raise UserError(f"There is no folder {path} on the machine that runs the lab.")
        with st.spinner("Reading and checking every row …"):
            items = read_items(Path(path))
    except UserError as error:
        say(error)
        return
    st.dataframe([summary(item) for item in items], hide_index=True)
    if st.button("Import all", type="primary", icon=":material/download:"):
        keep_all(items)
        st.rerun()


def keep_all(items: list[Item]) -> None:
    """Keep what can be kept; the next run says what was and what was not."""
    titles, refused = [], []
    for item in items:
        try:
            save_item(item)
            titles.append(item.title)
        except UserError as error:
            refused.append(f"{item.path.name} was left out: {error}")
    st.session_state["imported"] = ", ".join(titles)
    st.session_state["refused"] = refused


def summary(item: Item) -> dict[str, object]:
    """Return an item as a row of a table."""
    preview = item.preview
    return {
        "file": item.path.name,
        "becomes": item.title,
        "kind": "dataset" if preview else "probe",
        "rows": len(preview.examples) if preview else sum(len(p.prompts) for p in item.probes),
        "bad rows": len(preview.bad_rows) if preview else 0,
        "repeated": preview.duplicates if preview else 0,
        "nearly repeated": preview.near_duplicates if preview else 0,
        "remark": item.problem or " ".join(item.remarks[:1]),
    }


def review(item: Item, key: str) -> None:
    """Draw what a file holds, and the form that keeps it."""
    if item.preview:
        rows_part(item.preview)
        if not item.preview.examples:
            st.info("No row can be kept. Mend the file and upload it again.")
            return
    elif item.questions:
        questions_part(item)
    bad = bool(item.preview and item.preview.bad_rows)
    with st.form(f"keep-{key}", border=False):
        left, right = st.columns(2)
        title = left.text_input("Title", item.title)
        name = right.text_input("Id", item.id, help="Lower-case letters, digits, underscores.")
        skip = bad and st.checkbox("Leave the bad rows out (otherwise the file is refused)")
        if st.form_submit_button("Import", type="primary", icon=":material/download:"):
            try:
                probes = probes_of(item.questions, name, title) if item.questions else []
                wanted = {"title": title, "id": name, "probes": probes}
                save_item(item.model_copy(update=wanted), bool(skip))
            except UserError as error:
                say(error)
                return
            st.session_state["imported"] = title
            st.rerun()


def rows_part(preview: Preview) -> None:
    """Draw the format, the counts, the bad rows and some good ones."""
    st.markdown(
        f"**{preview.format}** · {len(preview.examples):,} good rows · "
        f"{len(preview.bad_rows):,} bad · {preview.duplicates:,} repeated · "
        f"{preview.near_duplicates:,} nearly repeated"
    )
    if preview.bad_rows:
        complaints = [preview.complaint(bad) for bad in preview.bad_rows[:SHOWN]]
        st.warning("\n".join(f"- {plain(each)}" for each in complaints))
        if len(preview.bad_rows) > SHOWN:
            st.caption(f"and {len(preview.bad_rows) - SHOWN:,} more")
    if first := [{"prompt": e.prompt, "answer": e.answer} for e in preview.examples[:SHOWN]]:
        st.dataframe(first, hide_index=True, height=240)


def questions_part(item: Item) -> None:
    """Draw the questions, which label of a judge is the target, and what was left out."""
    assert item.questions is not None
    prompts = [(probe.title, prompt.text) for probe in item.probes for prompt in probe.prompts]
    st.markdown(f"**{len(item.probes)} probes** with {len(prompts)} prompts")
    st.dataframe([{"probe": p, "prompt": text} for p, text in prompts], hide_index=True)
    for judge in item.questions.judges.values():
        labels = ", ".join(f"{x.label}: {x.side}" for x in judge.labels) or "0 to 100"
        st.caption(f"Judge {plain(judge.title)} ({plain(labels)})")
    for remark in item.remarks:
        st.warning(plain(remark))
