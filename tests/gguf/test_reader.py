"""A broken GGUF file is refused in words, and takes no memory to speak of."""

import struct
from pathlib import Path

import gguf
import pytest

from backend.base_models.cards import add_folder
from backend.engine.serving import _read_base_models
from backend.errors import InvalidDataError
from backend.gguf.adapter import read_base
from backend.gguf.reader import MAX_ELEMENTS, open_gguf

HEADER = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
KEY = struct.pack("<Q", 1) + b"k"
ARRAY, UINT8, STRING = gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.UINT8, gguf.GGUFValueType.STRING


def array_of(kind: int, length: int, content: bytes = b"") -> bytes:
    return HEADER + KEY + struct.pack("<IIQ", ARRAY, kind, length) + content


def many_tensors() -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0)


BROKEN = {
    "empty": b"\0",
    "text": b"<html>not found</html>",
    "another version": b"GGUF" + struct.pack("<IQQ", 99, 0, 0),
    "only the magic": b"GGUF",
    "more keys than it holds": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60),
    "more tensors than it holds": many_tensors(),
    "an array without end": array_of(UINT8, 2**60),
    "strings without end": array_of(STRING, 2**60),
    "a text without end": HEADER + struct.pack("<Q", 2**60),
    "an unknown type": HEADER + KEY + struct.pack("<I", 77),
    "arrays in arrays": HEADER
    + KEY
    + struct.pack("<I", ARRAY)
    + 5000 * struct.pack("<IQ", ARRAY, 1),
    "too large an array": array_of(UINT8, MAX_ELEMENTS + 1, bytes(MAX_ELEMENTS + 1)),
    "a name that is no text": HEADER
    + struct.pack("<Q", 1)
    + b"\xff"
    + struct.pack("<IB", UINT8, 0),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(BROKEN[name])
    with pytest.raises(InvalidDataError, match="^model.gguf is not a whole GGUF file"):
        open_gguf(path)


def test_a_file_without_a_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("llama.block_count", "many")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(InvalidDataError, match="^model.gguf does not describe a model"):
        read_base(path)


@pytest.mark.parametrize("name", ["text", "an array without end"])
def test_a_broken_model_keeps_the_gateway_from_no_other(
    home: Path, tmp_path: Path, small_base: Path, name: str
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for file in small_base.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "model.gguf").write_bytes(BROKEN[name])
    add_folder(str(folder))
    _read_base_models()
