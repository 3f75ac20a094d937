"""Read the rows of Parquet and Arrow files, without unpacking more than is allowed."""

import io
from collections.abc import Iterable, Iterator

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from backend.datasets.importing.files import too_large
from backend.datasets.importing.table import Row, Rows, check_columns, check_count
from backend.datasets.loading import MAX_BYTES
from backend.errors import InvalidDataError

MAX_VALUES = 10_000_000
"""Cells of a Parquet file, elements of lists included; a few bytes may encode billions."""
PARQUET = b"PAR1"
ARROW_FILE, ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"
"""What Arrow's two formats begin with; the library `datasets` writes the second."""
BATCH = 1000
"""Rows that are unpacked together."""


def read_parquet(name: str, data: bytes) -> Rows:
    """Return a Parquet file's rows; raises InvalidDataError if it is damaged or too large."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        columns = file.schema_arrow.names
        _check_metadata(name, file.metadata)
        check_columns(name, columns)
        # A few bytes may encode many equal texts, so texts stay encoded until their size is known.
        texts = [f.name for f in file.schema_arrow if f.type in (pa.string(), pa.large_string())]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        batches = file.iter_batches(batch_size=BATCH, use_threads=False)
        rows = list(enumerate(_unpacked(name, batches), 1))
    except MemoryError:  # Arrow's is one of its other errors, too.
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidDataError(f"{name}: not readable as Parquet.") from error
    return Rows("Parquet", "row", rows, columns)


def read_arrow(name: str, data: bytes) -> Rows:
    """Return an Arrow file's rows; raises InvalidDataError if it is damaged or too large."""
    try:
        if data.startswith(ARROW_FILE):
            file = pa.ipc.open_file(io.BytesIO(data))
            batches = (file.get_batch(place) for place in range(file.num_record_batches))
            columns = file.schema.names
        else:
            batches = pa.ipc.open_stream(io.BytesIO(data))
            columns = batches.schema.names
        check_columns(name, columns)
        rows = list(enumerate(_unpacked(name, batches), 1))
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError) as error:
        raise InvalidDataError(f"{name}: not readable as Arrow.") from error
    return Rows("Arrow", "row", rows, columns)


def _check_metadata(name: str, metadata: pq.FileMetaData) -> None:
    """Raise InvalidDataError if a file declares too many rows, bytes or values."""
    check_count(name, metadata.num_rows)
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > MAX_BYTES:
        raise InvalidDataError(too_large(name))
    columns = (group.column(place) for group in groups for place in range(group.num_columns))
    if sum(column.num_values for column in columns) > MAX_VALUES:
        raise InvalidDataError(f"{name}: more than {MAX_VALUES:,} values.")


def _unpacked(name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[Row]:
    size = rows = 0
    for batch in batches:
        rows += batch.num_rows
        check_count(name, rows)
        for place in range(batch.num_rows):
            row = batch.slice(place, 1).to_pylist()[0]
            size += len(str(row))
            if size > MAX_BYTES:
                raise InvalidDataError(too_large(name))
            yield row
