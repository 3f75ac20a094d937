"""An SQLite file, or a database of a PostgreSQL server that is started for these tests alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

PROGRAMS = "/usr/lib/postgresql/*/bin"


def program(name: str) -> str:
    """Return the newest installed version of one of PostgreSQL's programs."""
    found = sorted(Path("/").glob(f"{PROGRAMS[1:]}/{name}"))
    assert found, "install PostgreSQL: `make postgresql`"
    return str(found[-1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """The folder with the socket of a running server."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # A socket's path must be short.
    # The server refuses to run as root.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    common = {"cwd": folder, "stdout": subprocess.DEVNULL, **user}
    make = [program("initdb"), "-D", data, "-U", "lab", "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(make, check=True, **common)
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    control = [program("pg_ctl"), "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, **common)
    try:
        yield folder
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **common)
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which is the lab's."""
    if request.param == "sqlite":
        return f"sqlite:///{home / 'lab.db'}"
    folder = request.getfixturevalue("postgresql")
    name = f"lab_{os.urandom(4).hex()}"
    with psycopg.connect(
        host=str(folder), user="lab", dbname="postgres", autocommit=True
    ) as server:
        server.execute(f"CREATE DATABASE {name}")
    url = f"postgresql+psycopg://lab@/{name}?host={folder}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url
