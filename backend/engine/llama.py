"""llama.cpp: what a server loads, and how it is started. One server serves one model."""

import os
import secrets
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from backend.config import settings
from backend.engine.llama_server import KEY_VARIABLE, SLOT_TOKENS, SLOTS
from backend.engine.servers import Child, Server, launch
from backend.runs.memory import MemoryNeed, llama_need

START_SECONDS = 120
"""Long enough to read a large file from a cold disk."""


@dataclass(frozen=True)
class LlamaSpec:
    """What a llama.cpp server loads."""

    gguf: Path
    """The base model's GGUF file."""
    lora: Path | None = None
    """The adapter's GGUF file."""
    source: tuple[int, int] | None = None
    """Modification time and size of the adapter's weights, so that changed weights are reloaded."""
    sha256: str = ""
    """Hash of the adapter's weights, which was compared with the file's."""
    base_model: str = ""
    template: Path | None = None
    """A chat template in place of the GGUF file's."""

    def need(self) -> MemoryNeed:
        """Return the memory that its server takes."""
        return llama_need(self.base_model, SLOTS, SLOT_TOKENS)

    async def start(self) -> Server:
        """Start a server and wait until it listens; LoadError if it fails or takes too long."""
        command = [sys.executable, "-m", "backend.engine.llama_server"]
        command += ["--model", str(self.gguf), "--parent", str(os.getpid())]
        if self.lora:
            command += ["--lora", str(self.lora)]
        if self.template:
            command += ["--template", str(self.template)]
        key = secrets.token_hex()
        log = settings().home / "llama.log"
        environment = {KEY_VARIABLE: key}
        process, address = await launch("llama.cpp", command, environment, log, START_SECONDS)
        return Server(self, Child(process, signal.SIGKILL), address, key, SLOTS)
