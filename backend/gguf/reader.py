"""Read the header of a GGUF file that somebody else made, within bounds."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from backend.errors import InvalidDataError

MAX_ELEMENTS = 4_000_000
"""Entries of all arrays of a header together; a vocabulary of 262,144 tokens has four of them."""


class _BoundedReader(gguf.GGUFReader):
    """gguf's reader, which believes every length that a file names.

    Past the end of a file it reads nothing, again and again, and keeps a record of each time.
    """

    _elements = 0

    def _get(self, offset: int, dtype: Any, count: int = 1, *order: Any, **named: Any) -> Any:
        if offset + np.dtype(dtype).itemsize * int(count) > len(self.data):
            raise ValueError("it ends within its header")
        return super()._get(offset, dtype, count, *order, **named)

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> Any:
        if raw_type == gguf.GGUFValueType.ARRAY:
            # The type of an array's elements, four bytes, precedes their number.
            self._elements += int(self._get(orig_offs + 4, np.uint64)[0])
            if self._elements > MAX_ELEMENTS:
                raise ValueError("its header is too large")
        return super()._get_field_parts(orig_offs, raw_type)


def open_gguf(path: Path) -> gguf.GGUFReader:
    """Open a GGUF file and read its header; the weights stay on disk.

    Raises:
        InvalidDataError: it is no GGUF file, is cut off, or its header is broken or too large.
        OSError: it can't be read.
    """
    try:
        return _BoundedReader(path)
    except OSError:
        raise
    except Exception as error:  # gguf checks little, so a broken file fails anywhere in it.
        raise InvalidDataError(f"{path.name} is not a whole GGUF file ({error}).") from error
