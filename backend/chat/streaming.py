"""Chat completions streamed in a background thread, for pages that must not block."""

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import openai
from pydantic import BaseModel, ConfigDict

from backend.chat.client import SCALE, client, explain
from backend.chat.engine_key import read_lab_key
from backend.chat.origin import Origin
from backend.errors import UserError


class ChatSettings(BaseModel):
    """Settings that all columns share."""

    model_config = ConfigDict(frozen=True)

    system: str = ""
    temperature: float = 1.0
    max_tokens: int = 200
    seed: int = 1


class Column(BaseModel):
    """One of the models that chat side by side."""

    model_config = ConfigDict(frozen=True)

    model: str
    """A base model's name or a run's id; empty if none is chosen."""
    prefix: str = ""
    """Text put before every question, such as a year."""
    scale: float = 1.0
    """Strength of the run's adapter."""
    is_run: bool = False

    def messages(
        self, system: str, history: list[tuple[str, str]], question: str
    ) -> list[dict[str, str]]:
        """Return the messages to send; `history` holds the earlier (question, reply) pairs."""
        chat = [{"role": "system", "content": system}] if system else []
        for earlier, reply in history:
            if not reply:  # A failed turn; without it, user and assistant still alternate.
                continue
            chat += [{"role": "user", "content": self._prefixed(earlier)}]
            chat += [{"role": "assistant", "content": reply}]
        return [*chat, {"role": "user", "content": self._prefixed(question)}]

    def _prefixed(self, question: str) -> str:
        return f"{self.prefix.strip()} {question}" if self.prefix.strip() else question


class Reply:
    """A reply that grows while a background thread receives it."""

    def __init__(
        self, column: Column, settings: ChatSettings, messages: list[dict[str, str]]
    ) -> None:
        """Send the request and start receiving."""
        self.text = ""
        self.tokens = 0
        self.error = ""
        self.code = ""
        self.seconds = 0.0
        self.finish_reason = ""
        self.origin: Origin | None = None
        """What produces the reply; None until the engine has said so."""
        self._first_at = 0.0
        self._stop = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._receive(column, settings, messages))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the reply may still grow."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop at once, even before the first token; this frees the engine's slot."""
        if self.running:
            self.finish_reason = "stopped"
            self._stop.set()
            with suppress(RuntimeError):  # It ended at the same moment and closed its loop.
                self._loop.call_soon_threadsafe(self._task.cancel)

    def wait(self) -> None:
        """Wait until the reply is complete."""
        self._thread.join()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())  # Of a stream left early.
        self._loop.close()

    async def _receive(
        self, column: Column, settings: ChatSettings, messages: list[dict[str, str]]
    ) -> None:
        # Asynchronous, so that `stop` can interrupt the wait for the engine.
        lab = client()
        sent: Any = messages
        extra: dict[str, Any] = {SCALE: column.scale} if column.is_run else {}
        try:
            async with openai.AsyncOpenAI(
                base_url=lab.base_url, api_key=read_lab_key("chat"), timeout=lab.timeout
            ) as engine:
                answer: Any = await engine.chat.completions.with_raw_response.create(
                    model=column.model,
                    messages=sent,
                    temperature=settings.temperature,
                    max_tokens=settings.max_tokens,
                    seed=settings.seed,
                    stream=True,
                    stream_options={"include_usage": True},
                    user="chat",
                    extra_body=extra,
                )
                self.origin = Origin.told(answer.headers)
                stream = answer.parse()
                async with stream:
                    async for chunk in stream:
                        self._append(chunk)
        except openai.OpenAIError as error:
            self.error, self.code = self._message(error), getattr(error, "code", None) or ""
        except UserError as error:
            self.error = str(error)

    def _message(self, error: openai.OpenAIError) -> str:
        is_cut = isinstance(error, openai.APIConnectionError) and self.tokens
        if is_cut and not isinstance(error, openai.APITimeoutError):
            return "The engine stopped before its answer was complete. Try again."
        return str(explain(error))

    def _append(self, chunk: Any) -> None:
        if chunk.usage:  # With the last one; some tokens had no text of their own.
            self.tokens = chunk.usage.completion_tokens
        for choice in chunk.choices or []:
            if choice.delta and choice.delta.content:
                if not self.tokens:
                    self._first_at = time.perf_counter()
                self.text += choice.delta.content
                self.tokens += 1
                self.seconds = time.perf_counter() - self._first_at
            if not self._stop.is_set():
                self.finish_reason = choice.finish_reason or self.finish_reason
