"""Settings from environment variables, and the versions of code and packages."""

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


class Settings(BaseSettings):
    """The lab's settings; each field is read from the environment variable of the same name."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    weirdgen_home: Path = ROOT / "var"
    database_url: str = ""
    app_port: int = 8501
    app_address: str = "127.0.0.1"
    app_password: str = ""
    app_hosts: str = ""
    engine_port: int = 8600
    engine_url: str = ""
    engine_key: str = ""
    vllm_python: Path = ROOT / ".venv-vllm" / "bin" / "python"
    vllm_url: str = ""
    vllm_key: str = "none"
    judge_url: str = ""
    judge_model: str = ""
    judge_key: str = "none"
    judge_prices: str = ""
    hosted_url: str = ""
    hosted_key: str = "none"
    hosted_models: str = ""
    hosted_budget: float | None = None

    @property
    def home(self) -> Path:
        """Folder of all artefacts."""
        return self.weirdgen_home.expanduser().resolve()

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host names, other than loopback's, under which browsers reach the app."""
        return tuple(host.strip() for host in self.app_hosts.split(",") if host.strip())

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'lab.db'}"

    @property
    def gateway(self) -> str:
        """Base URL of the gateway's OpenAI API."""
        return self.engine_url or f"http://127.0.0.1:{self.engine_port}/v1"

    @property
    def judge(self) -> str:
        """Base URL of the judge's OpenAI API; by default the gateway's."""
        return self.judge_url or self.gateway

    @property
    def engine_key_file(self) -> Path:
        """File of the running engine's key."""
        return self.home / "engine.key"

    @property
    def lab_key_file(self) -> Path:
        """File of the key by which the running engine knows the lab's own processes."""
        return self.home / "engine.lab.key"

    def run_folder(self, run_id: str) -> Path:
        """Folder of a run's adapter, checkpoints, meta.json and log."""
        return self.home / "runs" / run_id

    def evaluation_folder(self, job_id: str) -> Path:
        """Folder of an evaluation's log."""
        return self.home / "evaluations" / job_id


def settings() -> Settings:
    """Return the current settings."""
    return Settings()


@cache
def code_version() -> str:
    """Return the commit that is checked out, with "+" if tracked files differ from it."""
    git = ["git", "-C", str(ROOT)]
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        status = [*git, "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+" if changed else "")


def package_versions(*names: str) -> dict[str, str]:
    """Return the installed version of each package, "absent" if it is not installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions
