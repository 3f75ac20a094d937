"""The one door to every model: the `openai` client, pointed at the gateway."""

from contextlib import suppress

import httpx
import openai

from backend.config import settings
from backend.errors import UserError

SCALE = "adapter_scale"
"""Request field for the adapter's strength: 0 is the base model, 1 the adapter as trained."""

RETRIES = 6
"""Times that a judge is asked again, each after a longer pause, when it is busy or broken."""


def client(timeout: float = 600) -> openai.OpenAI:
    """Return a client for the gateway."""
    lab = settings()
    return openai.OpenAI(base_url=lab.gateway, api_key=lab.engine_key, timeout=timeout)


def vllm_is_starting() -> bool:
    """Whether the gateway waits for a vLLM server to load its model, which takes minutes."""
    try:
        found = httpx.get(_beside("health"), timeout=1, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    return any(key.startswith("vllm:") for key in found.get("starting", []))


def vllm_log(lines: int = 12) -> str:
    """Return the end of what vLLM said while it started; empty where it never did."""
    try:
        with (settings().home / "vllm.log").open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 200 * lines))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def release_memory() -> None:
    """Ask the gateway to end the models that nobody uses just now."""
    with suppress(httpx.HTTPError):  # Where no gateway runs, nothing is loaded.
        httpx.post(_beside("release"), timeout=30, trust_env=False)


def _beside(path: str) -> str:
    return f"{settings().gateway.removesuffix('/v1')}/{path}"


def judge_client() -> openai.OpenAI:
    """Return a client for the judge; it repeats what was refused for a while with a longer pause.

    Raises:
        UserError: no judge is named in the environment.
    """
    lab = settings()
    if not lab.judge_model:
        raise UserError(
            "No judge is named. Set JUDGE_MODEL, and for another server than the lab's own also "
            "JUDGE_URL and JUDGE_KEY, in the environment of app and worker."
        )
    return openai.OpenAI(
        base_url=lab.judge, api_key=lab.judge_key, timeout=120, max_retries=RETRIES
    )


def explain(error: openai.OpenAIError) -> UserError:
    """Turn an error of the `openai` client into one sentence for people."""
    if isinstance(error, openai.APITimeoutError):
        return UserError("The model took too long to answer; try again or ask for fewer tokens.")
    if isinstance(error, openai.APIConnectionError):
        asked = str(error.request.url)
        if not asked.startswith(settings().gateway):
            return UserError(f"The server at {asked} does not answer; is its address right?")
        return UserError("The engine does not answer; start it with `make run`.")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        return UserError(
            str(body.get("message") or f"The server refused with {error.status_code}.")
        )
    return UserError(f"The engine failed: {error}")
