"""Fixtures for tests of every room: labs, a scored evaluation, a scripted engine, a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from backend.base_models.cards import add_folder
from backend.config import ROOT
from backend.machine.ports import free_port
from models.base_models import EMBEDDED
from models.tables import Job
from tests.example_evaluation import scored_evaluation
from tests.postgresql import new_database, postgresql_server
from tests.processes import process, responds, wait_until
from tests.scripted_engine import ScriptedEngine, scripted_engine
from tests.small_model import SMALL, write_small_model

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REDRAWN = "[data-testid=stApp]:not([data-test-script-state=notRunning])"

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("COLUMNS", None)  # A pytest process beside others is told the terminal's width.


def pytest_configure(config: pytest.Config) -> None:
    """Hide GPUs from the tests that are to say the same on every machine."""
    if "not gpu" in config.option.markexpr:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lab with a database of its own and the prepared embedded base model."""
    prepared = ROOT / "var" / "base_models" / EMBEDDED
    assert prepared.is_dir(), "run `make prepare` first"
    (tmp_path / "base_models").mkdir()
    (tmp_path / "base_models" / EMBEDDED).symlink_to(prepared)
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """The folder with the socket of a running PostgreSQL server."""
    with postgresql_server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which is the lab's."""
    if request.param == "sqlite":
        return f"sqlite:///{home / 'lab.db'}"
    address = new_database(request.getfixturevalue("postgresql"))
    monkeypatch.setenv("DATABASE_URL", address)
    return address


@pytest.fixture(scope="session")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small base model."""
    folder = tmp_path_factory.mktemp("models") / SMALL
    folder.mkdir()
    write_small_model(folder)
    return folder


@pytest.fixture
def small_lab(home: Path, small_base: Path) -> Path:
    """An empty lab that knows the small base model."""
    add_folder(str(small_base))
    return home


@pytest.fixture
def scored(home: Path) -> Job:
    """A finished evaluation of the embedded model and a run; see `scored_evaluation`."""
    return scored_evaluation()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedEngine]]:
    """An engine that answers from a script, and records what it was sent."""
    with scripted_engine() as (url, recorder):
        monkeypatch.setenv("ENGINE_URL", url)
        yield recorder


@contextmanager
def _running(monkeypatch: pytest.MonkeyPatch, *modules: str) -> Iterator[str]:
    """Run processes of the lab, the app among them, at free ports; give the app's address."""
    ports = {"APP_PORT": free_port(), "ENGINE_PORT": free_port()}
    for name, port in ports.items():
        monkeypatch.setenv(name, str(port))
    url = f"http://127.0.0.1:{ports['APP_PORT']}"
    with ExitStack() as started:
        for module in modules:
            started.enter_context(process(module))
        wait_until(lambda: responds(f"{url}/_stcore/health"))
        if "backend.engine" in modules:
            wait_until(lambda: responds(f"http://127.0.0.1:{ports['ENGINE_PORT']}/health"))
        yield url


@pytest.fixture
def lab_url(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the app of a whole lab: app, worker and engine."""
    with _running(monkeypatch, "backend.engine", "backend.worker", "server") as url:
        yield url


@pytest.fixture
def app_url(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the app alone, for pages that only show what is stored."""
    with _running(monkeypatch, "server") as url:
        yield url


@pytest.fixture
def browser_page() -> Iterator[Page]:
    """A page of a real browser."""
    path = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(180_000)
        expect.set_options(timeout=180_000)  # A busy machine draws slowly.
        # A click in the middle of a redraw may be lost: wait with each until the page is drawn.
        page.add_locator_handler(page.locator(REDRAWN), lambda: None)
        yield page
        browser.close()
