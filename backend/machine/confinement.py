"""Read files of others in a child process with limits of CPU time, memory and output.

A file of a few bytes can keep a parser busy for hours or fill the memory. In a child process that
costs neither other users' pages nor the lab itself. The child gets no secrets, and its result
returns as JSON, which can run nothing.
"""

import importlib
import json
import logging
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple, TypeVar, get_type_hints

from pydantic import TypeAdapter

from backend.config import ROOT
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.machine.processes import die_with_parent

MIB = 2**20
AT_ONCE = threading.BoundedSemaphore(3)
"""Children that run at the same time; others wait for their turn."""
PATIENCE = 20
"""How many times its CPU time a child may last on a busy machine."""
REFUSED, TOO_MUCH_MEMORY, TOO_MUCH_OUTPUT = 3, 4, 5
"""Exit codes of the child."""
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "WEIRDGEN_HOME")
"""The only environment variables that the child gets."""
INSIDE = "WEIRDGEN_CONFINED"
"""Environment variable of the child alone."""
SINGLE_THREADED = {
    # Each thread would take address space for its stack, and memory pools reserve a lot of it.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
ERRORS = {kind.__name__: kind for kind in (UserError, InvalidDataError, NotFoundError)}

log = logging.getLogger(__name__)
T = TypeVar("T")


class Limits(NamedTuple):
    """What the child may use."""

    cpu_s: int = 30
    """Seconds of CPU time."""
    memory_mib: int = 1024
    """Address space beyond what the child takes before it begins (Linux only)."""
    output_mib: int = 160
    """Size of the result as JSON, and of each file that the child writes."""


USUAL = Limits()


def confined(
    function: Callable[..., T], *arguments: Any, subject: str, limits: Limits = USUAL
) -> T:
    """Return what a function returns, called in a child process.

    The child imports the function's module, so that module should import no torch and no streamlit.

    Args:
        function: Defined at the top of a module; its annotation of the result is a type that
            pydantic can write and read as JSON.
        arguments: Can be pickled.
        subject: What is read, with which a refusal begins, such as a file's name.
        limits: What the child may use.

    Raises:
        UserError: raised by the function itself.
        InvalidDataError: the function took more than a limit allows, or failed.
    """
    if INSIDE in os.environ:  # What a child calls is limited together.
        return function(*arguments)
    call = (os.getpid(), function.__module__, function.__qualname__, arguments, limits)
    with AT_ONCE, TemporaryFile() as given, TemporaryFile() as result, TemporaryFile() as errors:
        pickle.dump(call, given)
        given.seek(0)
        try:
            code = _run(given, result, errors, limits.cpu_s * PATIENCE)
        except subprocess.TimeoutExpired:
            code = -signal.SIGXCPU
        result.seek(0)
        if code == 0:
            returned: T = TypeAdapter(_result_type(function)).validate_json(result.read())
            return returned
        if code == REFUSED:
            kind, message = json.loads(result.read())
            raise ERRORS[kind](message)
        errors.seek(0)
        log.warning("reading %r ended with code %d: %s", subject, code, _tail(errors))
    raise InvalidDataError(f"{subject}: {_reason(code, limits)}.")


def _run(given: IO[bytes], result: IO[bytes], errors: IO[bytes], seconds: int) -> int:
    return subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        stdin=given,
        stdout=result,
        stderr=errors,
        timeout=seconds,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | SINGLE_THREADED,
        check=False,
    ).returncode


def _tail(errors: IO[bytes]) -> str:
    return errors.read()[-4000:].decode("utf-8", "replace")


def _result_type(function: Callable[..., Any]) -> Any:
    return get_type_hints(function)["return"]


def _reason(code: int, limits: Limits) -> str:
    return {
        -signal.SIGXCPU: f"takes more than {limits.cpu_s} s of computing to read, so it is refused",
        -signal.SIGKILL: "takes too much time or memory to read, so it is refused",
        TOO_MUCH_MEMORY: f"takes more than {limits.memory_mib:,} MiB of memory to read, so it is "
        "refused",
        TOO_MUCH_OUTPUT: f"contains more than {limits.output_mib} MiB, so it is refused",
    }.get(code, "can't be read; its content is damaged or not what it should be")


def main() -> int:
    """Call the function that standard input names; return the exit code."""
    parent, module, name, arguments, limits = pickle.load(sys.stdin.buffer)
    die_with_parent(parent)
    os.environ[INSIDE] = "1"
    _limit_time_and_output(limits)
    try:
        function = getattr(importlib.import_module(module), name)
        adapter = TypeAdapter(_result_type(function))
        _limit_memory(limits.memory_mib * MIB)
        return _write(adapter.dump_json(function(*arguments)))
    except UserError as error:
        # The message may quote half of a surrogate pair, which no page could show.
        message = str(error).encode("utf-8", "backslashreplace").decode()
        kind = next(base.__name__ for base in type(error).mro() if base.__name__ in ERRORS)
        return _write(json.dumps([kind, message]).encode()) or REFUSED
    except MemoryError:
        return TOO_MUCH_MEMORY
    except Exception:
        traceback.print_exc()
        return 1


def _write(content: bytes) -> int:
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    except OSError:  # The kernel's limit on the size of a file.
        os._exit(TOO_MUCH_OUTPUT)  # Python would try to write the rest once more.


def _limit_time_and_output(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    size = limits.output_mib * MIB
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_memory(beyond: int) -> None:
    """Limit the address space to what the process takes now and `beyond` bytes."""
    with suppress(OSError, ValueError):  # Not on Linux.
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + beyond
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
