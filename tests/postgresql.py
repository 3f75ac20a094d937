"""A PostgreSQL server that is started for the tests alone."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.processes import wait_until


def program(name: str) -> str:
    """Return the newest installed version of one of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, "install PostgreSQL: `make postgresql`"
    return str(found[-1])


@contextmanager
def postgresql_server() -> Iterator[Path]:
    """Run a server, and give the folder with its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # A socket's path must be short.
    # The server refuses to run as root.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    common = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    make = [program("initdb"), "-D", data, "-U", "lab", "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(make, check=True, **common)
    options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    with subprocess.Popen([program("postgres"), "-D", data, *options], **common) as server:
        wait_until(lambda: answers(folder), 60)
        yield folder
        server.send_signal(signal.SIGINT)  # A fast shutdown, which ends open connections.
    shutil.rmtree(folder)


def connect(folder: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(folder), user="lab", dbname="postgres", autocommit=True)


def answers(folder: Path) -> bool:
    try:
        connect(folder).close()
    except psycopg.OperationalError:
        return False
    return True


def new_database(folder: Path) -> str:
    """Create an empty database of a running server, and return its address."""
    name = f"lab_{os.urandom(4).hex()}"
    with connect(folder) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://lab@/{name}?host={folder}"
