"""Import of a clone of the authors' repository: what is in it, what was read, and what was not."""

from pathlib import Path

import streamlit as st

from backend.datasets.paper.pack import Pack, read_pack
from backend.datasets.paper.saving import save_pack
from backend.errors import UserError
from backend.text import visible
from components.text import cells, plain, say

PACK = "paper-pack"
"""The key of the clone that was looked into last."""
OUTCOMES = "paper-outcomes"
"""The key of what the last import did."""
COLUMNS = {
    "file": st.column_config.TextColumn(width="large"),
    "becomes": st.column_config.ListColumn(),
}


def import_clone() -> None:
    """Draw the field for a folder, then what the clone holds and a button that imports it."""
    st.markdown(
        "The authors' repository has no licence, so the lab holds none of its files. Clone it to "
        "the machine that runs the lab; its datasets, questions, judges and triggers are then read "
        "from there. Nothing in it is executed. Importing again updates what has changed."
    )
    with st.form("import-clone", border=False):
        typed = st.text_input("Folder of the clone", placeholder="/data/weird-generalization")
        if st.form_submit_button("Look inside"):
            look_inside(Path(typed.strip()))
    if pack := st.session_state.get(PACK):
        contents(pack)


def look_inside(folder: Path) -> None:
    """Read a clone for the next runs of the page, or say why that is impossible."""
    st.session_state.pop(PACK, None)
    st.session_state.pop(OUTCOMES, None)
    if not folder.name:
        return
    try:
        with st.spinner("Reading and checking every file …"):
            st.session_state[PACK] = read_pack(folder)
    except UserError as error:
        say(error)


def contents(pack: Pack) -> None:
    """Draw what was read from each file and why the rest was not, and import it on demand."""
    outcomes: dict[str, str] = st.session_state.get(OUTCOMES, {})
    if outcomes:
        st.success(plain(f"Imported: {pack.summary(outcomes)}"), icon=":material/check:")
    else:
        st.markdown(f"**{plain(pack.summary({}))}**")
    if pack.fetch:
        st.warning(
            f"Files in Git LFS are missing: {len(pack.pointers):,}. Run this in the clone, then "
            "look inside again:"
        )
        st.code(visible(pack.fetch), language="bash", wrap_lines=True)
    rows = [
        {
            "file": report.file,
            "read": report.found,
            "becomes": [with_outcome(place, outcomes) for place in report.becomes],
            "not read, or remark": report.problem,
        }
        for report in pack.reports
    ]
    st.dataframe(cells(rows), hide_index=True, column_config=COLUMNS)
    if st.button("Import all", type="primary", icon=":material/download:", disabled=bool(outcomes)):
        with st.spinner("Importing …"):
            st.session_state[OUTCOMES] = save_pack(pack)
        st.rerun()


def with_outcome(place: str, outcomes: dict[str, str]) -> str:
    """Return a dataset or probe with what the import did to it."""
    return f"{place} ({outcomes[place]})" if place in outcomes else place
