"""A llama.cpp server in its own process: `python -m backend.engine.llama_server`.

In its own process, because a crash in native code must not take down the gateway, and because only
the end of a process is sure to free its memory.
"""

import argparse
import os
import sys
import threading
from pathlib import Path

import xllamacpp

from backend.machine.processes import MODEL_SERVER_OOM_SCORE, die_with_parent, set_oom_score

SLOTS = 8
"""Number of requests that one server computes at once."""
SLOT_TOKENS = 2048
"""Tokens of prompt and answer together in each slot."""
KEY_VARIABLE = "WEIRDGEN_LLAMA_KEY"
"""Environment variable that holds the API key."""


def threads() -> int:
    """Return the number of threads that a server computes with: half the cores.

    Threads spin while they wait for each other. On two cores, two servers with two threads each
    generated 16 and 15 tokens per second side by side; with one thread each, 67 and 64. Beside a
    training run on all cores, two threads generated 3 and one generated 44.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, cores // 2)


def server_params(
    model: str, lora: str | None, template: str | None = None
) -> xllamacpp.CommonParams:
    """Return llama.cpp's settings for a base model.

    Args:
        model: The GGUF file.
        lora: The adapter's GGUF file.
        template: The file of a chat template in place of the GGUF file's.
    """
    params = xllamacpp.CommonParams()
    params.model.path = model
    if lora:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(lora, 1.0)]
        params.lora_init_without_apply = True  # Each request sets the scale.
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = SLOTS
    params.kv_unified = False  # One cache per slot, so that no chat can crowd out another.
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.use_jinja = True
    if template:
        params.chat_template = Path(template).read_text("utf-8")
    params.ui = False
    # llama.cpp answers requests from any web page; with a key, only the gateway's.
    params.api_keys = [os.environ[KEY_VARIABLE]]
    params.verbosity = 1  # Errors only: it logs warnings with every other request.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.warmup = False  # Warm-up and fitting to memory would take a third of the start.
    params.fit_params = False
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = threads()
    return params


def main() -> None:
    """Print the address, then serve until the parent process exits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--lora")
    parser.add_argument("--template")
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args()
    die_with_parent(options.parent)
    set_oom_score(MODEL_SERVER_OOM_SCORE)
    server = xllamacpp.Server(server_params(options.model, options.lora, options.template))
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
