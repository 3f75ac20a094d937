"""Processes that keep cores busy, as other programs of the same machine do."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from backend.machine.processes import die_with_parent


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Run processes of normal priority that never rest, in sessions of their own."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen(
                ["yes"],
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield
