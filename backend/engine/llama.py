"""llama.cpp: what one of its servers loads, and how it is started."""

import os
import secrets
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from backend.config import settings
from backend.engine.llama_server import KEY_VARIABLE, SLOT_TOKENS, SLOTS
from backend.engine.servers import Child, Server, launch
from backend.runs.memory import Need, llama_need

START_SECONDS = 120
"""A large file from a cold disk may take that long."""


@dataclass(frozen=True)
class LlamaSpec:
    """What a llama.cpp server loads."""

    gguf: Path
    lora: Path | None = None
    source: tuple[int, int] | None = None
    """Time and size of the adapter's weights, so that changed ones are loaded anew."""
    base_model: str = ""

    def need(self) -> Need:
        """Return the memory that its server takes."""
        return llama_need(self.base_model, SLOTS, SLOT_TOKENS)

    async def start(self) -> Server:
        """Start a server and wait until it listens; LoadError when it doesn't."""
        command = [sys.executable, "-m", "backend.engine.llama_server"]
        command += ["--model", str(self.gguf), "--parent", str(os.getpid())]
        if self.lora:
            command += ["--lora", str(self.lora)]
        key = secrets.token_hex()
        log = settings().home / "llama.log"
        environment = {KEY_VARIABLE: key}
        process, address = await launch("llama.cpp", command, environment, log, START_SECONDS)
        return Server(self, Child(process, signal.SIGKILL), address, key, SLOTS)
