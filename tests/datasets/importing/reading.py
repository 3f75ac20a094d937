"""Reads files of rows in this process, and shows briefly what became of them."""

from io import BytesIO

import pyarrow as pa
from pyarrow import parquet

from backend.datasets.importing.columns import Choice
from backend.datasets.importing.preview import Preview, parsed


def read(data: str | bytes, choice: Choice | None = None) -> Preview:
    content = data.encode() if isinstance(data, str) else data
    preview = parsed("x", content, choice)
    assert isinstance(preview, Preview)
    return preview


def chats(preview: Preview) -> list[list[str]]:
    return [
        [f"{m.role}{'' if m.weight else ' (only read)'}: {m.content}" for m in example.messages]
        for example in preview.examples
    ]


def complaints(preview: Preview) -> list[str]:
    return [preview.complaint(bad) for bad in preview.bad_rows]


def packed(table: pa.Table, **options: object) -> bytes:
    file = BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def arrow(table: pa.Table, stream: bool) -> bytes:
    file = BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()
