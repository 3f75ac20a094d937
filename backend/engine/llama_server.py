"""One llama.cpp server in a process of its own: `python -m backend.engine.llama_server`.

A process of its own, because a crash in native code must not take the gateway with it, and because
memory is only surely free when the process is gone.
"""

import argparse
import os
import sys
import threading

import xllamacpp

from backend.machine.processes import MODEL_SERVER_OOM_SCORE, die_with_parent, set_oom_score

SLOTS = 8
"""Requests that one server computes at once."""
SLOT_TOKENS = 2048
"""Prompt and answer together, for each slot."""
KEY_VARIABLE = "WEIRDGEN_LLAMA_KEY"
"""Environment variable with the key that requests must bear."""


def threads() -> int:
    """Return how many threads a server computes with: half the cores.

    Threads wait for each other by spinning. On two cores, two servers of two threads each made 16
    and 15 tokens a second side by side, of one thread each 67 and 64; beside a training run on all
    cores, two threads made 3 and one made 44.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, cores // 2)


def server_params(model: str, lora: str | None) -> xllamacpp.CommonParams:
    """Return llama.cpp's settings for a base model, with an adapter or without."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    if lora:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(lora, 1.0)]
        params.lora_init_without_apply = True  # Each request names its own scale.
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = SLOTS
    params.kv_unified = (
        False  # Every slot has its own share, so that no chat can crowd out another.
    )
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.use_jinja = True
    params.ui = False
    # llama.cpp lets every web page ask it; with a key only the gateway can.
    params.api_keys = [os.environ[KEY_VARIABLE]]
    params.verbosity = 1  # Errors; its warnings come with every second request.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.warmup = False  # It and fitting to memory would take a third of the start.
    params.fit_params = False
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = threads()
    return params


def main() -> None:
    """Serve until the parent is gone; prints the address on the first line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--lora")
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args()
    die_with_parent(options.parent)
    set_oom_score(MODEL_SERVER_OOM_SCORE)
    server = xllamacpp.Server(server_params(options.model, options.lora))
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
