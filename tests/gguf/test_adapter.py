import json
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors.numpy import save_file

from backend.errors import InvalidDataError
from backend.files import sha256_of
from backend.gguf.adapter import convert, interleave, source_of

Q = "base_model.model.model.layers.0.self_attn.q_proj"
WEIGHTS = {
    f"{Q}.lora_A.weight": np.arange(32, dtype=np.float32).reshape(2, 16),
    f"{Q}.lora_B.weight": np.arange(32, dtype=np.float32).reshape(16, 2),
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((16, 16), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def adapter(folder: Path, weights: dict[str, np.ndarray] = WEIGHTS, **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"} | changes
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(weights, folder / "adapter_model.safetensors")
    return folder


def test_tensors_and_strength_are_written(base: Path, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    reader = gguf.GGUFReader(convert(folder, base))
    tensors = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    assert reader.get_field("adapter.lora.alpha").contents() == 4
    np.testing.assert_array_equal(
        tensors["blk.0.attn_q.weight.lora_a"], WEIGHTS[f"{Q}.lora_A.weight"]
    )
    b = WEIGHTS[f"{Q}.lora_B.weight"]
    np.testing.assert_array_equal(tensors["blk.0.attn_q.weight.lora_b"], interleave(b, 4))
    assert [path.name for path in folder.glob("*.part")] == []


def test_rows_of_a_head_become_neighbours() -> None:
    rows = np.arange(8, dtype=np.float32).reshape(8, 1)
    assert interleave(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_stale_file_is_written_anew(base: Path, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    first = source_of(convert(folder, base))
    adapter(folder, {name: weight + 1 for name, weight in WEIGHTS.items()})
    assert source_of(convert(folder, base)) == sha256_of(folder / "adapter_model.safetensors")
    assert source_of(convert(folder, base)) != first


def test_a_broken_gguf_file_is_written_anew(base: Path, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    convert(folder, base).write_bytes(b"GGUF broken")
    assert source_of(convert(folder, base)) == sha256_of(folder / "adapter_model.safetensors")


def test_rslora_divides_by_the_root_of_the_rank(base: Path, tmp_path: Path) -> None:
    path = convert(adapter(tmp_path / "a", use_rslora=True), base)
    contents = gguf.GGUFReader(path).get_field("adapter.lora.alpha").contents()
    assert contents / 2 == pytest.approx(4 / 2**0.5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"bias": "all"}, "biases"),
        ({"peft_type": "IA3"}, "not a LoRA"),
        ({"r": 3}, "doesn't fit"),
        ({"lora_alpha": "strong"}, "can't be read"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    ],
)
def test_what_llama_cpp_cannot_apply_is_refused(
    base: Path, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(InvalidDataError, match=reason):
        convert(adapter(tmp_path / "a", **changes), base)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({f"{Q}.lora_A.weight": WEIGHTS[f"{Q}.lora_A.weight"]}, "lacks lora_B"),
        ({name: w[:, :1].copy() for name, w in WEIGHTS.items()}, "doesn't fit"),
        ({name: w * np.nan for name, w in WEIGHTS.items()}, "not finite"),
        ({name.replace("layers.0", "layers.7"): w for name, w in WEIGHTS.items()}, "lacks"),
        (WEIGHTS | {"base_model.model.lm_head.weight": np.ones(2)}, "type F64"),
        (WEIGHTS | {"base_model.model.lm_head.weight": np.ones(2, np.float32)}, "lm_head"),
        ({}, "empty"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    base: Path, tmp_path: Path, weights: dict[str, np.ndarray], reason: str
) -> None:
    with pytest.raises(InvalidDataError, match=reason):
        convert(adapter(tmp_path / "a", weights), base)


def test_missing_changed_and_unreadable_weights_are_refused(base: Path, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    with pytest.raises(InvalidDataError, match="changed since training"):
        convert(folder, base, expected_sha256="0" * 64)
    (folder / "adapter_model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InvalidDataError, match="can't be read"):
        convert(folder, base)
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(InvalidDataError, match="is missing"):
        convert(folder, base)
